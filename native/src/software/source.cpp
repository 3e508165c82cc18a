#include "software/source.h"

#include "gstreamer/access-unit.h"
#include "gstreamer/elements.h"
#include "gstreamer/recording-progress.h"
#include "pipeline/url.h"
#include "software/fake-source.h"
#include "software/file-source.h"
#include "software/rtsp-source.h"

namespace sightline {

namespace {

std::string decoderChain(VideoCodec codec) {
  const std::string name = codecName(codec);
  // Byte-stream, because FrameSkip reads it. One thread per decoder: frame threads would add
  // latency and 64 streams would add 64 of each.
  return name + "parse ! video/x-" + name + ",stream-format=byte-stream,alignment=au ! avdec_" +
         name + " name=decoder max-threads=1 ! ";
}

// Plugins need not know what decoders give.
std::string interceptorChain(const Interception& interception) {
  std::string chain;
  for (const std::string& factory : interception.factories()) {
    chain += "videoconvert ! " + factory + " ! ";
  }
  return chain;
}

bool isWorthDecoding(VideoCodec codec, GstBuffer* buffer, FrameSkip& skip) {
  GstMapInfo map;
  if (!gst_buffer_map(buffer, &map, GST_MAP_READ)) {
    return true;
  }
  AccessUnit unit = readAccessUnit(codec, map.data, map.size);
  gst_buffer_unmap(buffer, &map);
  // The parser also knows the key pictures of cameras that send I-pictures and never an IDR.
  unit.key = unit.key || !GST_BUFFER_FLAG_IS_SET(buffer, GST_BUFFER_FLAG_DELTA_UNIT);
  return skip.passes(unit);
}

} // namespace

std::unique_ptr<Source> Source::open(const Admission& admission, const SourceSetup& setup,
                                     const Context& context) {
  if (admission.url.scheme == SourceScheme::file) {
    return std::make_unique<FileSource>(admission, setup, context);
  }
  if (admission.url.scheme == SourceScheme::fake) {
    return std::make_unique<FakeSource>(admission, setup, context);
  }
  return std::make_unique<RtspSource>(admission, setup, context);
}

Source::Source(const SourceSetup& setup, const Context& context)
    : setup_(setup), tap_(context.tap), skip_(context.skip), notes_(context.notes),
      interception_(context.interception),
      pipeline_(GST_ELEMENT(
          gst_object_ref_sink(gst_pipeline_new(percentEncode(context.cameraId).c_str())))) {
  const GObjectPointer<GstBus> bus(gst_element_get_bus(pipeline_.get()));
  gst_bus_set_sync_handler(bus.get(), onMessage, this, nullptr);
}

Source::~Source() {
  stop();
}

void Source::start() {
  handover_.give();
  gst_element_set_state(pipeline_.get(), GST_STATE_PLAYING);
}

void Source::stop() {
  gst_element_set_state(pipeline_.get(), GST_STATE_NULL);
  handover_.takeBack();
}

void Source::fail(StreamError error) {
  notes_.push({Note::Kind::sourceError, std::move(error)});
}

void Source::reportOtherCodec() {
  notes_.push({Note::Kind::otherCodec});
}

GObjectPointer<GstPad> Source::addDecoder(Input input) {
  const std::string depayloader = std::string("rtp") + codecName(setup_.codec) + "depay ! ";
  const bool packets = input == Input::packets;
  paced_ = input == Input::pictures;
  // The appsink does not wait for its reader at EOS, else EOS never reaches the bus.
  GstElement* decoder = parseBin(
      (packets ? depayloader : "") + decoderChain(setup_.codec) + interceptorChain(interception_) +
          "appsink name=frames max-buffers=1 drop=true wait-on-eos=false "
          "async=false sync=" +
          (paced_ ? "true" : "false"),
      true);
  gst_bin_add(bin(), decoder);
  const auto frames = childNamed(decoder, "frames");
  GstAppSinkCallbacks callbacks{};
  callbacks.new_sample = onShown;
  gst_app_sink_set_callbacks(GST_APP_SINK(frames.get()), &callbacks, this, nullptr);
  const auto avdec = childNamed(decoder, "decoder");
  gst_pad_add_probe(padNamed(avdec.get(), "sink").get(), GST_PAD_PROBE_TYPE_BUFFER, onEncoded, this,
                    nullptr);
  gst_pad_add_probe(padNamed(avdec.get(), "src").get(), GST_PAD_PROBE_TYPE_BUFFER, onDecoded, this,
                    nullptr);
  return padNamed(decoder, "sink");
}

GstBusSyncReply Source::onMessage(GstBus*, GstMessage* message, gpointer self) {
  auto* source = static_cast<Source*>(self);
  const Handover::Visit visit(source->handover_);
  if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR) {
    source->fail(source->classify(message));
  } else if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_EOS) {
    source->notes_.push({Note::Kind::sourceEos, {}});
  }
  // DROP without this would keep the message, its pipeline and two descriptors alive for ever.
  gst_message_unref(message);
  return GST_BUS_DROP;
}

GstPadProbeReturn Source::onEncoded(GstPad*, GstPadProbeInfo* info, gpointer self) {
  auto* source = static_cast<Source*>(self);
  const Handover::Visit visit(source->handover_);
  GstBuffer* buffer = GST_PAD_PROBE_INFO_BUFFER(info);
  source->tap_.received(gst_buffer_get_size(buffer));
  if (isWorthDecoding(source->setup_.codec, buffer, source->skip_)) {
    return GST_PAD_PROBE_OK;
  }
  source->tap_.skipped();
  return GST_PAD_PROBE_DROP;
}

GstPadProbeReturn Source::onDecoded(GstPad* pad, GstPadProbeInfo* info, gpointer self) {
  auto* source = static_cast<Source*>(self);
  const Handover::Visit visit(source->handover_);
  source->interception_.pushInto(pad);
  const bool show =
      source->tap_.decoded(source->paced_ ? earliness(pad, GST_PAD_PROBE_INFO_BUFFER(info))
                                          : std::chrono::milliseconds(0));
  if (source->firstFrame_.exchange(false)) {
    source->notes_.push({Note::Kind::firstFrame, {}});
  }
  return show ? GST_PAD_PROBE_OK : GST_PAD_PROBE_DROP;
}

GstFlowReturn Source::onShown(GstAppSink* sink, gpointer self) {
  auto* source = static_cast<Source*>(self);
  const Handover::Visit visit(source->handover_);
  SamplePointer picture(gst_app_sink_try_pull_sample(sink, 0));
  if (picture) {
    source->tap_.shown(std::move(picture));
  }
  return GST_FLOW_OK;
}

} // namespace sightline
