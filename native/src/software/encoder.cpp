#include "software/encoder.h"

#include "gstreamer/access-unit.h"
#include "gstreamer/elements.h"
#include "gstreamer/encoder-codec.h"
#include "pipeline/clock.h"
#include "pipeline/limits.h"

#include <gst/app/gstappsink.h>
#include <gst/app/gstappsrc.h>
#include <gst/video/video.h>

#include <algorithm>

namespace sightline {

namespace {

bool isKey(VideoCodec codec, GstSample* sample) {
  GstMapInfo map;
  if (!gst_buffer_map(gst_sample_get_buffer(sample), &map, GST_MAP_READ)) {
    return false;
  }
  const bool key = readAccessUnit(codec, map.data, map.size).key;
  gst_buffer_unmap(gst_sample_get_buffer(sample), &map);
  return key;
}

// MPEG-4 counts time in pictures: it takes no two in one tick, and has 16 bits for the ticks of a
// second. Cameras claim any rate, or none, and their pictures come in bursts.
int wholeRate(const GstCaps* caps) {
  constexpr int usualRate = 25;
  constexpr int rateMax = 120;
  int number = 0;
  int per = 1;
  gst_structure_get_fraction(gst_caps_get_structure(caps, 0), "framerate", &number, &per);
  return number == 0 ? usualRate : std::clamp((number + per / 2) / per, 1, rateMax);
}

std::string description(const EncoderSettings& settings) {
  return "appsrc name=input is-live=true format=time do-timestamp=true leaky-type=downstream "
         "max-bytes=0 max-time=0 max-buffers=" +
         std::to_string(limits::encoderQueueFrames) +
         " ! videoconvert ! video/x-raw,format=I420 ! " +
         encoderDescription(settings.codec, settings.bitsPerSecond) +
         " ! appsink name=output sync=false async=false wait-on-eos=false max-buffers=8";
}

} // namespace

Encoder::Encoder(Deliver deliver, NoteQueue& notes) : deliver_(std::move(deliver)), notes_(notes) {}

Encoder::~Encoder() {
  stop();
}

void Encoder::start() {
  if (pipeline_) {
    return;
  }
  const EncoderSettings wanted = settings();
  pipeline_.reset(GST_ELEMENT(gst_object_ref_sink(gst_pipeline_new(nullptr))));
  GstElement* bin = parseBin(description(wanted), false);
  gst_bin_add(GST_BIN(pipeline_.get()), bin);
  const GObjectPointer<GstBus> bus(gst_element_get_bus(pipeline_.get()));
  gst_bus_set_sync_handler(bus.get(), onMessage, this, nullptr);
  GstAppSinkCallbacks callbacks{};
  callbacks.new_sample = onEncoded;
  gst_app_sink_set_callbacks(GST_APP_SINK(childNamed(bin, "output").get()), &callbacks, this,
                             nullptr);
  auto encoder = childNamed(bin, "encoder");
  gst_pad_add_probe(
      padNamed(encoder.get(), "sink").get(),
      static_cast<GstPadProbeType>(GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM),
      onPicture, this, nullptr);
  {
    const std::lock_guard lock(mutex_);
    running_ = wanted;
  }
  handover_.give();
  gst_element_set_state(pipeline_.get(), GST_STATE_PLAYING);
  const std::lock_guard lock(mutex_);
  input_ = childNamed(bin, "input");
  pushed_ = 0;
  encoder_ = std::move(encoder);
}

void Encoder::stop() {
  {
    const std::lock_guard lock(mutex_);
    input_.reset();
    encoder_.reset();
  }
  if (pipeline_) {
    gst_element_set_state(pipeline_.get(), GST_STATE_NULL);
    handover_.takeBack();
    pipeline_.reset();
  }
}

void Encoder::restart() {
  {
    const std::lock_guard lock(mutex_);
    const bool sameRate =
        running_.bitsPerSecond == settings_.bitsPerSecond || !hasBitrate(settings_.codec);
    if (!pipeline_ || (running_.codec == settings_.codec && sameRate)) {
      return;
    }
    restarting_ = true;
  }
  stop();
  start();
  const std::lock_guard lock(mutex_);
  restarting_ = false;
}

EncoderSettings Encoder::settings() const {
  const std::lock_guard lock(mutex_);
  EncoderSettings settings = settings_;
  settings.iframeInterval = plan_.interval();
  return settings;
}

bool Encoder::setCodec(VideoCodec codec) {
  if (!isAvailable(codec)) {
    return false;
  }
  const std::lock_guard lock(mutex_);
  if (settings_.codec != codec) {
    settings_.codec = codec;
    notes_.push({Note::Kind::encoderOutdated});
  }
  return true;
}

bool Encoder::setBitrate(unsigned bitsPerSecond) {
  if (bitsPerSecond < limits::encoderBitrateMin || bitsPerSecond > limits::encoderBitrateMax) {
    return false;
  }
  const std::lock_guard lock(mutex_);
  if (!hasBitrate(settings_.codec)) {
    return false;
  }
  if (settings_.bitsPerSecond == bitsPerSecond) {
    return true;
  }
  settings_.bitsPerSecond = bitsPerSecond;
  if (encoder_ && setBitrateLive(encoder_.get(), running_.codec, bitsPerSecond)) {
    running_.bitsPerSecond = bitsPerSecond;
  } else {
    notes_.push({Note::Kind::encoderOutdated});
  }
  return true;
}

void Encoder::push(GstSample* picture) {
  const std::lock_guard lock(mutex_);
  if (!input_) {
    return;
  }
  // The times of the source's pipeline mean nothing here; appsrc sets its own.
  GstBuffer* untimed = gst_buffer_copy(gst_sample_get_buffer(picture));
  GST_BUFFER_PTS(untimed) = GST_CLOCK_TIME_NONE;
  GST_BUFFER_DTS(untimed) = GST_CLOCK_TIME_NONE;
  CapsPointer caps(gst_caps_ref(gst_sample_get_caps(picture)));
  if (running_.codec == VideoCodec::mpeg4) {
    const int rate = wholeRate(caps.get());
    caps.reset(gst_caps_copy(caps.get()));
    gst_caps_set_simple(caps.get(), "framerate", GST_TYPE_FRACTION, rate, 1, nullptr);
    GST_BUFFER_PTS(untimed) = gst_util_uint64_scale(pushed_++, GST_SECOND, rate);
    GST_BUFFER_DURATION(untimed) = GST_SECOND / rate;
  }
  const SamplePointer sample(gst_sample_new(untimed, caps.get(), nullptr, nullptr));
  gst_buffer_unref(untimed);
  gst_app_src_push_sample(GST_APP_SRC(input_.get()), sample.get());
}

bool Encoder::forceIdr() {
  const std::lock_guard lock(mutex_);
  // One that is being made anew begins with an IDR.
  if (!encoder_ && !restarting_) {
    return false;
  }
  plan_.ask();
  return true;
}

GstPadProbeReturn Encoder::onPicture(GstPad* pad, GstPadProbeInfo* info, gpointer self) {
  auto* encoder = static_cast<Encoder*>(self);
  const Handover::Visit visit(encoder->handover_);
  if ((GST_PAD_PROBE_INFO_TYPE(info) & GST_PAD_PROBE_TYPE_BUFFER) == 0) {
    // With new caps the encoder begins anew, and with it the count.
    if (GST_EVENT_TYPE(GST_PAD_PROBE_INFO_EVENT(info)) == GST_EVENT_CAPS) {
      encoder->plan_.ask();
    }
    return GST_PAD_PROBE_OK;
  }
  if (encoder->plan_.next(monotonicMs())) {
    const GObjectPointer<GstElement> element(gst_pad_get_parent_element(pad));
    gst_pad_send_event(padNamed(element.get(), "src").get(),
                       gst_video_event_new_upstream_force_key_unit(GST_CLOCK_TIME_NONE, TRUE, 0));
  }
  return GST_PAD_PROBE_OK;
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
    const bool key = isKey(encoder->running_.codec, sample.get());
    encoder->idrFrames_ += key ? 1 : 0;
    encoder->deliver_(sample.get(), key);
  }
  return GST_FLOW_OK;
}

} // namespace sightline
