#include "clip.h"

#include "picture.h"

#include <gst/app/gstappsink.h>
#include <gst/app/gstappsrc.h>

#include <stdexcept>

namespace demo {

namespace {

std::string description(const Footage& footage) {
  const std::string group = std::to_string(framesPerGroup);
  const std::string encoder =
      footage.codec == "h265"
          ? "x265enc speed-preset=ultrafast tune=zerolatency log-level=none key-int-max=" + group +
                " option-string=scenecut=0:open-gop=0 ! h265parse config-interval=-1 ! "
                "video/x-h265,stream-format=byte-stream,alignment=au"
          : "x264enc speed-preset=ultrafast tune=zerolatency threads=1 pass=qual quantizer=25 "
            "key-int-max=" +
                group +
                " option-string=scenecut=0 ! h264parse config-interval=-1 ! "
                "video/x-h264,stream-format=byte-stream,alignment=au";
  return "appsrc name=input format=time caps=video/x-raw,format=I420,width=" +
         std::to_string(width) + ",height=" + std::to_string(height) +
         ",framerate=" + std::to_string(framesPerSecond) +
         "/1 ! videoscale ! video/x-raw,width=" + std::to_string(footage.size.width) +
         ",height=" + std::to_string(footage.size.height) + " ! " + encoder +
         " ! appsink name=output sync=false";
}

void pushPictures(GstAppSrc* input, int camera, Scene scene) {
  for (int frame = 0; frame < framesPerLoop; ++frame) {
    const std::vector<std::uint8_t> picture =
        scene == Scene::figures ? drawFigures(frame) : drawPicture(camera, frame);
    GstBuffer* buffer = gst_buffer_new_memdup(picture.data(), picture.size());
    GST_BUFFER_PTS(buffer) = gst_util_uint64_scale(frame, GST_SECOND, framesPerSecond);
    GST_BUFFER_DURATION(buffer) = GST_SECOND / framesPerSecond;
    gst_app_src_push_buffer(input, buffer);
  }
  gst_app_src_end_of_stream(input);
}

} // namespace

Clip encodeClip(int camera, const Footage& footage) {
  GError* error = nullptr;
  GstElement* pipeline = gst_parse_launch(description(footage).c_str(), &error);
  if (error != nullptr) {
    throw std::runtime_error(error->message);
  }
  GstElement* input = gst_bin_get_by_name(GST_BIN(pipeline), "input");
  GstElement* output = gst_bin_get_by_name(GST_BIN(pipeline), "output");
  g_object_set(input, "max-bytes", guint64(0), nullptr);
  gst_element_set_state(pipeline, GST_STATE_PLAYING);
  pushPictures(GST_APP_SRC(input), camera, footage.scene);
  Clip clip;
  while (GstSample* unit = gst_app_sink_pull_sample(GST_APP_SINK(output))) {
    clip.units.emplace_back(unit);
  }
  gst_element_set_state(pipeline, GST_STATE_NULL);
  gst_object_unref(input);
  gst_object_unref(output);
  gst_object_unref(pipeline);
  if (clip.units.size() != framesPerLoop) {
    throw std::runtime_error("the encoder gave " + std::to_string(clip.units.size()) + " pictures");
  }
  return clip;
}

} // namespace demo
