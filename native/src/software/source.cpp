#include "software/source.h"

#include "software/elements.h"
#include "software/file-source.h"
#include "software/rtsp-source.h"

namespace sightline {

std::unique_ptr<Source> Source::open(const Admission& admission, FrameTap& tap, NoteQueue& notes) {
  if (admission.url.scheme == SourceScheme::file) {
    return std::make_unique<FileSource>(admission, tap, notes);
  }
  return std::make_unique<RtspSource>(admission, tap, notes);
}

Source::Source(FrameTap& tap, NoteQueue& notes)
    : tap_(tap), notes_(notes),
      pipeline_(GST_ELEMENT(gst_object_ref_sink(gst_pipeline_new(nullptr)))) {
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

GObjectPointer<GstPad> Source::addDecoder(const char* head, bool paced) {
  // One thread per decoder: frame threads would add latency and 64 streams would add 64 of each.
  // The appsink does not wait for its reader at EOS, else EOS never reaches the bus.
  GstElement* decoder =
      parseBin(std::string(head) +
                   "h264parse ! avdec_h264 name=decoder max-threads=1 ! "
                   "appsink name=frames max-buffers=1 drop=true wait-on-eos=false "
                   "async=false sync=" +
                   (paced ? "true" : "false"),
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
  source->tap_.received(gst_buffer_get_size(GST_PAD_PROBE_INFO_BUFFER(info)));
  return GST_PAD_PROBE_OK;
}

GstPadProbeReturn Source::onDecoded(GstPad*, GstPadProbeInfo*, gpointer self) {
  auto* source = static_cast<Source*>(self);
  const Handover::Visit visit(source->handover_);
  const bool show = source->tap_.decoded();
  if (source->firstFrame_.exchange(false)) {
    source->notes_.push({Note::Kind::firstFrame, {}});
  }
  return show ? GST_PAD_PROBE_OK : GST_PAD_PROBE_DROP;
}

GstFlowReturn Source::onShown(GstAppSink* sink, gpointer self) {
  auto* source = static_cast<Source*>(self);
  const Handover::Visit visit(source->handover_);
  const SamplePointer sample(gst_app_sink_try_pull_sample(sink, 0));
  if (sample) {
    source->tap_.shown(sample.get());
  }
  return GST_FLOW_OK;
}

} // namespace sightline
