#include "software/fake-source.h"

#include "gstreamer/elements.h"
#include "pipeline/clock.h"
#include "pipeline/limits.h"
#include "software/time-digits.h"

#include <gst/video/video.h>

namespace sightline {

namespace {

// Filled up to the bitrate: a ball on plain ground needs next to nothing.
std::string description(const FakePicture& picture) {
  const std::string rate = std::to_string(limits::fakeRate);
  return "videotestsrc is-live=true pattern=ball motion=sweep ! "
         "capsfilter name=drawn caps=video/x-raw,format=I420,width=" +
         std::to_string(picture.width) + ",height=" + std::to_string(picture.height) +
         ",framerate=" + rate +
         "/1 ! x264enc tune=zerolatency speed-preset=ultrafast threads=1 pass=cbr key-int-max=" +
         std::to_string(2 * limits::fakeRate) +
         " option-string=scenecut=0:nal-hrd=cbr:filler=1 bitrate=" +
         std::to_string(picture.bitsPerSecond / 1000);
}

GstPadProbeReturn onPicture(GstPad* pad, GstPadProbeInfo* info, gpointer) {
  GstBuffer* picture = gst_buffer_make_writable(GST_PAD_PROBE_INFO_BUFFER(info));
  GST_PAD_PROBE_INFO_DATA(info) = picture;
  const CapsPointer caps(gst_pad_get_current_caps(pad));
  GstVideoInfo form;
  GstVideoFrame frame;
  if (!caps || !gst_video_info_from_caps(&form, caps.get()) ||
      !gst_video_frame_map(&frame, &form, picture, GST_MAP_READWRITE)) {
    return GST_PAD_PROBE_OK;
  }
  drawTime({static_cast<std::uint8_t*>(GST_VIDEO_FRAME_PLANE_DATA(&frame, 0)),
            GST_VIDEO_FRAME_PLANE_STRIDE(&frame, 0), GST_VIDEO_FRAME_WIDTH(&frame),
            GST_VIDEO_FRAME_HEIGHT(&frame)},
           epochMs());
  gst_video_frame_unmap(&frame);
  return GST_PAD_PROBE_OK;
}

} // namespace

FakeSource::FakeSource(const Admission& admission, const SourceSetup& setup, const Context& context)
    : Source(setup, context) {
  GstElement* camera = parseBin(description(admission.url.picture), true);
  gst_bin_add(bin(), camera);
  gst_pad_add_probe(padNamed(childNamed(camera, "drawn").get(), "src").get(),
                    GST_PAD_PROBE_TYPE_BUFFER, onPicture, nullptr, nullptr);
  const auto decoder = addDecoder(Input::livePictures);
  gst_pad_link(padNamed(camera, "src").get(), decoder.get());
  start();
}

FakeSource::~FakeSource() {
  stop();
}

StreamError FakeSource::classify(GstMessage* message) const {
  GError* raised = nullptr;
  gst_message_parse_error(message, &raised, nullptr);
  const ErrorPointer error(raised);
  return {stream_code::invalid, error->message};
}

} // namespace sightline
