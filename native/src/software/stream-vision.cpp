#include "software/stream-vision.h"

#include "vision/osd.h"

#include <gst/video/video.h>

namespace sightline {

namespace {

struct Unmap {
  void operator()(GstVideoFrame* frame) const {
    gst_video_frame_unmap(frame);
    delete frame;
  }
};
using MappedFrame = std::shared_ptr<GstVideoFrame>;

// Keeps the buffer; null when the picture cannot be read.
MappedFrame map(GstCaps* caps, GstBuffer* buffer, GstMapFlags flags) {
  GstVideoInfo info;
  auto frame = std::make_unique<GstVideoFrame>();
  if (!gst_video_info_from_caps(&info, caps) ||
      !gst_video_frame_map(frame.get(), &info, buffer, flags)) {
    return nullptr;
  }
  return {frame.release(), Unmap{}};
}

cv::Mat plane(GstVideoFrame* frame, guint number) {
  return {GST_VIDEO_FRAME_COMP_HEIGHT(frame, number), GST_VIDEO_FRAME_COMP_WIDTH(frame, number),
          CV_8U, GST_VIDEO_FRAME_PLANE_DATA(frame, number),
          static_cast<std::size_t>(GST_VIDEO_FRAME_PLANE_STRIDE(frame, number))};
}

// A copy: the picture itself may be under a detector's eyes.
SamplePointer draw(const SamplePointer& picture, const std::vector<vision::Track>& objects,
                   bool labels) {
  GstCaps* caps = gst_sample_get_caps(picture.get());
  GstBuffer* copy = gst_buffer_copy_deep(gst_sample_get_buffer(picture.get()));
  if (const MappedFrame frame = map(caps, copy, GST_MAP_WRITE)) {
    vision::Planes planes{plane(frame.get(), 0), plane(frame.get(), 1), plane(frame.get(), 2)};
    vision::drawObjects(planes, objects, labels);
  }
  SamplePointer drawn(gst_sample_new(copy, caps, nullptr, nullptr));
  gst_buffer_unref(copy);
  return drawn;
}

} // namespace

StreamVision::StreamVision(vision::Vision& vision, const StreamEntry& entry, bool labels)
    : vision_(vision), analysis_(vision.open(entry)), labels_(labels) {}

StreamVision::~StreamVision() {
  close();
}

void StreamVision::close() {
  vision_.close(*analysis_);
}

bool StreamVision::apply(const Rois& rois) {
  analysis_->set(rois);
  return true;
}

bool StreamVision::apply(const InferInterval& interval) {
  analysis_->set(interval);
  return true;
}

bool StreamVision::apply(const OsdProcessMode& mode) {
  // There is no GPU here.
  if (mode.processor != OsdProcessor::cpu) {
    return false;
  }
  analysis_->setDrawn(true);
  return true;
}

SamplePointer StreamVision::visit(SamplePointer picture) {
  const MappedFrame frame =
      map(gst_sample_get_caps(picture.get()), gst_sample_get_buffer(picture.get()), GST_MAP_READ);
  if (frame) {
    vision_.offer(*analysis_, {plane(frame.get(), 0), frame});
  }
  const std::vector<vision::Track> objects = analysis_->drawn();
  return objects.empty() ? std::move(picture) : draw(picture, objects, labels_);
}

} // namespace sightline
