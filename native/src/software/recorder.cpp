#include "software/recorder.h"

#include "gstreamer/elements.h"
#include "gstreamer/encoder-codec.h"
#include "pipeline/clock.h"
#include "pipeline/limits.h"

#include <gst/app/gstappsrc.h>

#include <utility>

namespace sightline {

namespace {

std::string description(const RecordingFile& file, VideoCodec codec) {
  const std::string muxer = file.name().ends_with(".ts") ? "mpegtsmux" : "matroskamux";
  const std::string parser =
      codec == VideoCodec::mpeg4 ? "mpeg4videoparse" : std::string(codecName(codec)) + "parse";
  return "appsrc name=input format=time max-bytes=0 max-time=0 max-buffers=0 ! " + parser + " ! " +
         muxer + " ! fdsink sync=false async=false fd=" + std::to_string(file.descriptor());
}

StreamError writeError(GstMessage* message) {
  GError* raised = nullptr;
  gchar* debug = nullptr;
  gst_message_parse_error(message, &raised, &debug);
  const ErrorPointer error(raised);
  const TextPointer detail(debug);
  if (g_error_matches(raised, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NO_SPACE_LEFT)) {
    return {stream_code::recordingFailed, "the disk is full"};
  }
  // Its last line is the system's; the first one is a line of GStreamer's source.
  const std::string text = debug != nullptr ? debug : "";
  const std::size_t line = text.rfind('\n');
  return {stream_code::recordingFailed,
          error->message + (line == std::string::npos ? "" : " " + text.substr(line + 1))};
}

} // namespace

Recorder::Recorder(std::unique_ptr<RecordingFile> file, VideoCodec codec, Ended ended)
    : name_(file->name()), mediaType_(mediaType(codec)), sinceAtMs_(epochMs()),
      ended_(std::move(ended)),
      pipeline_(GST_ELEMENT(gst_object_ref_sink(gst_pipeline_new(nullptr)))),
      file_(std::move(file)) {
  GstElement* bin = parseBin(description(*file_, codec), false);
  gst_bin_add(GST_BIN(pipeline_.get()), bin);
  input_ = childNamed(bin, "input");
  // Before anything is delivered: an appsrc that does not run yet would lose it.
  gst_element_set_state(pipeline_.get(), GST_STATE_PLAYING);
  thread_ = std::thread([this] { run(); });
}

Recorder::~Recorder() {
  finish();
  thread_.join();
}

bool Recorder::deliver(GstSample* accessUnit, bool idr) {
  auto* input = GST_APP_SRC(input_.get());
  const GstStructure* caps = gst_caps_get_structure(gst_sample_get_caps(accessUnit), 0);
  const std::lock_guard lock(mutex_);
  if (finished_ || mediaType_ != gst_structure_get_name(caps)) {
    return false;
  }
  if (gst_app_src_get_current_level_buffers(input) >= limits::recordingQueueFrames) {
    waitsForIdr_ = wantsIdr_ = true;
    return false;
  }
  if (waitsForIdr_ && !idr) {
    return std::exchange(wantsIdr_, false);
  }
  waitsForIdr_ = false;
  const std::int64_t nowMs = monotonicMs();
  beganMs_ = beganMs_ == 0 ? nowMs : beganMs_;
  GstBuffer* timed = gst_buffer_copy(gst_sample_get_buffer(accessUnit));
  // No pictures are reordered.
  GST_BUFFER_PTS(timed) = GST_BUFFER_DTS(timed) =
      static_cast<GstClockTime>(nowMs - beganMs_) * GST_MSECOND;
  const SamplePointer sample(
      gst_sample_new(timed, gst_sample_get_caps(accessUnit), nullptr, nullptr));
  gst_buffer_unref(timed);
  gst_app_src_push_sample(input, sample.get());
  return false;
}

void Recorder::finish() {
  const std::lock_guard lock(mutex_);
  if (!finished_) {
    finished_ = true;
    gst_app_src_end_of_stream(GST_APP_SRC(input_.get()));
  }
}

std::uint64_t Recorder::bytes() const {
  const std::lock_guard lock(mutex_);
  return file_ ? file_->bytes() : 0;
}

std::optional<StreamError> Recorder::waitForEnd() {
  const GObjectPointer<GstBus> bus(gst_element_get_bus(pipeline_.get()));
  GstMessage* message = nullptr;
  while (message == nullptr) {
    // A power cut costs what came since.
    file_->flush();
    message = gst_bus_timed_pop_filtered(
        bus.get(), static_cast<GstClockTime>(limits::recordingFlush.count()) * GST_MSECOND,
        static_cast<GstMessageType>(GST_MESSAGE_EOS | GST_MESSAGE_ERROR));
  }
  const auto error = GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR
                         ? std::optional(writeError(message))
                         : std::nullopt;
  gst_message_unref(message);
  gst_element_set_state(pipeline_.get(), GST_STATE_NULL);
  return error;
}

void Recorder::run() {
  std::optional<StreamError> error = waitForEnd();
  std::unique_ptr<RecordingFile> file;
  {
    const std::lock_guard lock(mutex_);
    finished_ = true;
    // One that ended before its first picture holds a header at most, and the parser calls it an
    // error.
    if (beganMs_ == 0) {
      error.reset();
      file_->discard();
    }
  }
  file_->flush();
  {
    const std::lock_guard lock(mutex_);
    file = std::move(file_);
  }
  file.reset();
  ended_(*this, error);
  over_ = true;
}

} // namespace sightline
