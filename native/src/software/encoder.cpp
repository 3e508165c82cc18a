#include "software/encoder.h"

#include "pipeline/clock.h"
#include "pipeline/limits.h"
#include "software/elements.h"

#include <gst/app/gstappsink.h>
#include <gst/app/gstappsrc.h>
#include <gst/video/video.h>

namespace sightline {

namespace {

// key-int-max is out of the way and scene cuts are off: the host asks for every IDR itself, because
// x264enc ignores a new key-int-max while it plays.
std::string description() {
  return "appsrc name=input is-live=true format=time do-timestamp=true leaky-type=downstream "
         "max-bytes=0 max-time=0 max-buffers=" +
         std::to_string(limits::encoderQueueFrames) +
         " ! videoconvert ! video/x-raw,format=I420 ! x264enc name=encoder tune=zerolatency "
         "speed-preset=ultrafast threads=1 pass=cbr key-int-max=100000 "
         "option-string=scenecut=0 bitrate=" +
         std::to_string(limits::encoderKbps) +
         " ! video/x-h264,stream-format=byte-stream,alignment=au ! "
         "appsink name=output sync=false async=false wait-on-eos=false max-buffers=8";
}

bool sampleIsIdr(GstSample* sample) {
  GstMapInfo map;
  if (!gst_buffer_map(gst_sample_get_buffer(sample), &map, GST_MAP_READ)) {
    return false;
  }
  const bool idr = isIdr(map.data, map.size);
  gst_buffer_unmap(gst_sample_get_buffer(sample), &map);
  return idr;
}

} // namespace

bool isIdr(const std::uint8_t* bytes, std::size_t size) {
  for (std::size_t at = 0; at + 3 < size; ++at) {
    if (bytes[at] != 0 || bytes[at + 1] != 0 || bytes[at + 2] != 1) {
      continue;
    }
    const unsigned type = bytes[at + 3] & 31U;
    if (type >= 1 && type <= 5) {
      return type == 5;
    }
  }
  return false;
}

Encoder::Encoder(Deliver deliver, NoteQueue& notes) : deliver_(std::move(deliver)), notes_(notes) {}

Encoder::~Encoder() {
  stop();
}

void Encoder::start() {
  if (pipeline_) {
    return;
  }
  pipeline_.reset(GST_ELEMENT(gst_object_ref_sink(gst_pipeline_new(nullptr))));
  GstElement* bin = parseBin(description(), false);
  gst_bin_add(GST_BIN(pipeline_.get()), bin);
  const GObjectPointer<GstBus> bus(gst_element_get_bus(pipeline_.get()));
  gst_bus_set_sync_handler(bus.get(), onMessage, this, nullptr);
  GstAppSinkCallbacks callbacks{};
  callbacks.new_sample = onEncoded;
  gst_app_sink_set_callbacks(GST_APP_SINK(childNamed(bin, "output").get()), &callbacks, this,
                             nullptr);
  handover_.give();
  gst_element_set_state(pipeline_.get(), GST_STATE_PLAYING);
  const std::lock_guard lock(mutex_);
  input_ = childNamed(bin, "input");
  encoderOutput_ = padNamed(childNamed(bin, "encoder").get(), "src");
  lastIdrAskedMs_ = monotonicMs();
}

void Encoder::stop() {
  {
    const std::lock_guard lock(mutex_);
    input_.reset();
    encoderOutput_.reset();
  }
  if (pipeline_) {
    gst_element_set_state(pipeline_.get(), GST_STATE_NULL);
    handover_.takeBack();
    pipeline_.reset();
  }
}

void Encoder::push(GstSample* picture) {
  const std::lock_guard lock(mutex_);
  if (!input_) {
    return;
  }
  if (monotonicMs() - lastIdrAskedMs_ >= limits::keyFrameInterval.count()) {
    forceIdrLocked();
  }
  // The times of the source's pipeline mean nothing here; appsrc sets its own.
  GstBuffer* untimed = gst_buffer_copy(gst_sample_get_buffer(picture));
  GST_BUFFER_PTS(untimed) = GST_CLOCK_TIME_NONE;
  GST_BUFFER_DTS(untimed) = GST_CLOCK_TIME_NONE;
  const SamplePointer sample(
      gst_sample_new(untimed, gst_sample_get_caps(picture), nullptr, nullptr));
  gst_buffer_unref(untimed);
  gst_app_src_push_sample(GST_APP_SRC(input_.get()), sample.get());
}

bool Encoder::forceIdr() {
  const std::lock_guard lock(mutex_);
  return forceIdrLocked();
}

bool Encoder::forceIdrLocked() {
  if (!encoderOutput_) {
    return false;
  }
  lastIdrAskedMs_ = monotonicMs();
  return gst_pad_send_event(encoderOutput_.get(), gst_video_event_new_upstream_force_key_unit(
                                                      GST_CLOCK_TIME_NONE, TRUE, 0));
}

GstBusSyncReply Encoder::onMessage(GstBus*, GstMessage* message, gpointer self) {
  auto* encoder = static_cast<Encoder*>(self);
  const Handover::Visit visit(encoder->handover_);
  if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR) {
    GError* error = nullptr;
    gst_message_parse_error(message, &error, nullptr);
    encoder->notes_.push({Note::Kind::encoderError, {"", error->message}});
    g_error_free(error);
  }
  gst_message_unref(message);
  return GST_BUS_DROP;
}

GstFlowReturn Encoder::onEncoded(GstAppSink* sink, gpointer self) {
  auto* encoder = static_cast<Encoder*>(self);
  const Handover::Visit visit(encoder->handover_);
  const SamplePointer sample(gst_app_sink_try_pull_sample(sink, 0));
  if (sample) {
    const bool idr = sampleIsIdr(sample.get());
    encoder->idrFrames_ += idr ? 1 : 0;
    encoder->deliver_(sample.get(), idr);
  }
  return GST_FLOW_OK;
}

} // namespace sightline
