#include "support/picture.h"

#include "gstreamer/elements.h"
#include "software/jpeg.h"

#include <gst/app/gstappsink.h>
#include <gst/app/gstappsrc.h>
#include <gst/video/video.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace test {

using namespace sightline;

Picture readPicture(GstSample* sample) {
  GstVideoInfo info;
  GstVideoFrame frame;
  if (!gst_video_info_from_caps(&info, gst_sample_get_caps(sample)) ||
      !gst_video_frame_map(&frame, &info, gst_sample_get_buffer(sample), GST_MAP_READ)) {
    return {};
  }
  Picture picture{info.width, info.height, {}};
  const auto* row = static_cast<const std::uint8_t*>(GST_VIDEO_FRAME_PLANE_DATA(&frame, 0));
  for (int y = 0; y < info.height; ++y, row += GST_VIDEO_FRAME_PLANE_STRIDE(&frame, 0)) {
    picture.luma.insert(picture.luma.end(), row, row + info.width);
  }
  gst_video_frame_unmap(&frame);
  return picture;
}

Picture decodeJpeg(const std::string& bytes) {
  const GObjectPointer<GstElement> pipeline(
      GST_ELEMENT(gst_object_ref_sink(gst_pipeline_new(nullptr))));
  GstElement* bin = parseBin("appsrc name=input ! jpegdec ! videoconvert ! "
                             "video/x-raw,format=GRAY8 ! appsink name=output",
                             false);
  gst_bin_add(GST_BIN(pipeline.get()), bin);
  const auto input = childNamed(bin, "input");
  gst_element_set_state(pipeline.get(), GST_STATE_PLAYING);
  gst_app_src_push_buffer(GST_APP_SRC(input.get()),
                          gst_buffer_new_memdup(bytes.data(), bytes.size()));
  gst_app_src_end_of_stream(GST_APP_SRC(input.get()));
  const SamplePointer sample(
      gst_app_sink_try_pull_sample(GST_APP_SINK(childNamed(bin, "output").get()), 10 * GST_SECOND));
  const Picture picture = sample ? readPicture(sample.get()) : Picture{};
  gst_element_set_state(pipeline.get(), GST_STATE_NULL);
  return picture;
}

void keepPicture(const std::string& name, const std::string& jpeg) {
  const char* named = std::getenv("SIGHTLINE_TEST_PICTURES");
  const std::filesystem::path folder(named != nullptr ? named : TEST_PICTURES);
  std::filesystem::create_directories(folder);
  std::ofstream(folder / (name + ".jpg"), std::ios::binary) << jpeg;
}

void keepPicture(const std::string& name, GstSample* sample) {
  keepPicture(name, encodeJpeg(sample));
}

} // namespace test
