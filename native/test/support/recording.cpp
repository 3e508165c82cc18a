#include "support/recording.h"

#include "gstreamer/elements.h"

#include <gst/app/gstappsrc.h>

#include <stdexcept>

namespace test {

using namespace sightline;

namespace {

// A bar for each bit of the number.
constexpr int bars = 8;

} // namespace

SamplePointer drawNumber(int number, int width, int height) {
  const int pixels = width * height;
  std::vector<std::uint8_t> picture(static_cast<std::size_t>(pixels) * 3 / 2, 128);
  for (int at = 0; at < pixels; ++at) {
    const int bar = at % width * bars / width;
    picture[static_cast<std::size_t>(at)] = (number >> bar & 1) != 0 ? 235 : 16;
  }
  GstBuffer* buffer = gst_buffer_new_memdup(picture.data(), picture.size());
  const CapsPointer caps(gst_caps_new_simple(
      "video/x-raw", "format", G_TYPE_STRING, "I420", "width", G_TYPE_INT, width, "height",
      G_TYPE_INT, height, "framerate", GST_TYPE_FRACTION, 15, 1, nullptr));
  SamplePointer sample(gst_sample_new(buffer, caps.get(), nullptr, nullptr));
  gst_buffer_unref(buffer);
  return sample;
}

int readNumber(const Picture& picture) {
  int number = 0;
  for (int bar = 0; bar < bars && !picture.luma.empty(); ++bar) {
    const int x = (2 * bar + 1) * picture.width / (2 * bars);
    number |= (picture.at(x, picture.height / 2) > 128 ? 1 : 0) << bar;
  }
  return number;
}

void writeNumbers(const std::string& path, int pictures, const std::string& encoder,
                  const std::string& muxer) {
  constexpr int width = 320;
  constexpr int height = 180;
  constexpr int rate = 60;
  const GObjectPointer<GstElement> pipeline(
      GST_ELEMENT(gst_object_ref_sink(gst_pipeline_new(nullptr))));
  GstElement* bin =
      parseBin("appsrc name=input format=time max-bytes=0 caps=video/x-raw,format=I420,width=" +
                   std::to_string(width) + ",height=" + std::to_string(height) +
                   ",framerate=" + std::to_string(rate) + "/1 ! " + encoder + " ! " + muxer +
                   " ! filesink location=\"" + path + "\"",
               false);
  gst_bin_add(GST_BIN(pipeline.get()), bin);
  const auto input = childNamed(bin, "input");
  gst_element_set_state(pipeline.get(), GST_STATE_PLAYING);
  for (int number = 0; number < pictures; ++number) {
    const SamplePointer drawn = drawNumber(number, width, height);
    GstBuffer* buffer = gst_buffer_copy(gst_sample_get_buffer(drawn.get()));
    GST_BUFFER_PTS(buffer) = gst_util_uint64_scale(static_cast<guint64>(number), GST_SECOND, rate);
    GST_BUFFER_DURATION(buffer) = GST_SECOND / rate;
    gst_app_src_push_buffer(GST_APP_SRC(input.get()), buffer);
  }
  gst_app_src_end_of_stream(GST_APP_SRC(input.get()));
  const GObjectPointer<GstBus> bus(gst_element_get_bus(pipeline.get()));
  GstMessage* ended = gst_bus_timed_pop_filtered(
      bus.get(), 20 * GST_SECOND, static_cast<GstMessageType>(GST_MESSAGE_EOS | GST_MESSAGE_ERROR));
  const bool whole = ended != nullptr && GST_MESSAGE_TYPE(ended) == GST_MESSAGE_EOS;
  if (ended != nullptr) {
    gst_message_unref(ended);
  }
  gst_element_set_state(pipeline.get(), GST_STATE_NULL);
  if (!whole) {
    throw std::runtime_error("cannot write " + path);
  }
}

} // namespace test
