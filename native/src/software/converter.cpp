#include "software/converter.h"

#include "software/flip.h"

#include <algorithm>

namespace sightline {

namespace {

// Maps a buffer for as long as it lives.
class Mapped {
 public:
  Mapped(const GstVideoInfo& info, GstBuffer* buffer, GstMapFlags flags)
      : ok_(gst_video_frame_map(&frame_, &info, buffer, flags) != FALSE) {}
  ~Mapped() {
    if (ok_) {
      gst_video_frame_unmap(&frame_);
    }
  }
  Mapped(const Mapped&) = delete;
  Mapped& operator=(const Mapped&) = delete;

  explicit operator bool() const { return ok_; }
  GstVideoFrame& frame() { return frame_; }

 private:
  GstVideoFrame frame_{};
  bool ok_;
};

struct Resampler {
  GstVideoResamplerMethod method;
  // 0: as many as the method likes.
  unsigned taps;
};

// DeepStream's numbers; its own filters beyond bilinear have no open counterpart.
Resampler resamplerFor(unsigned interpolation) {
  constexpr unsigned mostTaps = 8;
  switch (interpolation) {
  case 1:
    return {GST_VIDEO_RESAMPLER_METHOD_LINEAR, 0};
  case 2:
    return {GST_VIDEO_RESAMPLER_METHOD_CUBIC, 0};
  case 3:
    return {GST_VIDEO_RESAMPLER_METHOD_SINC, 0};
  case 4:
    return {GST_VIDEO_RESAMPLER_METHOD_LANCZOS, 0};
  case 5:
    return {GST_VIDEO_RESAMPLER_METHOD_LANCZOS, mostTaps};
  default:
    return {GST_VIDEO_RESAMPLER_METHOD_NEAREST, 0};
  }
}

// Colour has half the resolution: a place begins at an even pixel and ends at one, or at the edge.
void evenOut(unsigned& begin, unsigned& length, unsigned side) {
  const unsigned end = begin + length;
  begin -= begin % 2;
  length = (end == side ? end : end + end % 2) - begin;
}

bool coversAll(const Area& area, const GstVideoInfo& info) {
  return area.width == static_cast<unsigned>(info.width) &&
         area.height == static_cast<unsigned>(info.height);
}

GstVideoInfo uprightInfo(const Area& place, bool swapped, const GstVideoInfo& like) {
  GstVideoInfo info;
  gst_video_info_set_format(&info, GST_VIDEO_FORMAT_I420, swapped ? place.height : place.width,
                            swapped ? place.width : place.height);
  info.colorimetry = like.colorimetry;
  info.chroma_site = like.chroma_site;
  return info;
}

// A converter takes no others, although it looks at one picture at a time.
void copyTiming(const GstVideoInfo& from, GstVideoInfo& to) {
  to.fps_n = from.fps_n;
  to.fps_d = from.fps_d;
  to.interlace_mode = from.interlace_mode;
}

void fillBlack(GstBuffer* buffer, const GstVideoInfo& info) {
  constexpr std::uint8_t darkest = 16;
  constexpr std::uint8_t colourless = 128;
  gst_buffer_memset(buffer, 0, darkest, info.offset[1]);
  gst_buffer_memset(buffer, info.offset[1], colourless, info.size - info.offset[1]);
}

} // namespace

Area clamp(const Area& area, unsigned width, unsigned height) {
  if (area.empty()) {
    return {0, 0, width, height};
  }
  Area inside;
  inside.left = std::min(area.left, width - 1);
  inside.top = std::min(area.top, height - 1);
  inside.width = std::min(area.width, width - inside.left);
  inside.height = std::min(area.height, height - inside.top);
  return inside;
}

Geometry Converter::geometry() const {
  const std::lock_guard lock(mutex_);
  return geometry_;
}

void Converter::setGeometry(const Geometry& geometry) {
  const std::lock_guard lock(mutex_);
  geometry_ = geometry;
  converter_.reset();
}

SamplePointer Converter::convert(SamplePointer picture) {
  const std::lock_guard lock(mutex_);
  if (!adopt(gst_sample_get_caps(picture.get()))) {
    return nullptr;
  }
  if (isRight()) {
    last_.reset(gst_sample_ref(picture.get()));
    return picture;
  }
  if (!converter_) {
    build();
  }
  const BufferPointer output = canvas();
  if (!draw(gst_sample_get_buffer(picture.get()), output.get())) {
    return nullptr;
  }
  SamplePointer made(gst_sample_new(output.get(), outputCaps_.get(), nullptr, nullptr));
  last_.reset(gst_sample_ref(made.get()));
  return made;
}

bool Converter::adopt(GstCaps* caps) {
  if (inputCaps_ && gst_caps_is_equal(inputCaps_.get(), caps)) {
    return true;
  }
  GstVideoInfo info;
  if (!gst_video_info_from_caps(&info, caps)) {
    return false;
  }
  input_ = info;
  inputCaps_.reset(gst_caps_ref(caps));
  converter_.reset();
  if (!outputCaps_) {
    // All but the format as it came: other caps would make the encoder begin anew whenever the
    // conversion begins or ends.
    outputCaps_.reset(gst_caps_copy(caps));
    gst_caps_set_simple(outputCaps_.get(), "format", G_TYPE_STRING, "I420", nullptr);
    if (size_.isSet()) {
      gst_caps_set_simple(outputCaps_.get(), "width", G_TYPE_INT, size_.width, "height", G_TYPE_INT,
                          size_.height, nullptr);
    }
    return gst_video_info_from_caps(&output_, outputCaps_.get());
  }
  return true;
}

bool Converter::isRight() const {
  return GST_VIDEO_INFO_FORMAT(&input_) == GST_VIDEO_FORMAT_I420 && input_.width == output_.width &&
         input_.height == output_.height && geometry_.source.empty() &&
         geometry_.destination.empty() && geometry_.flip == 0;
}

void Converter::build() {
  const Area from = clamp(geometry_.source, input_.width, input_.height);
  const auto width = static_cast<unsigned>(output_.width);
  const auto height = static_cast<unsigned>(output_.height);
  place_ = clamp(geometry_.destination, width, height);
  evenOut(place_.left, place_.width, width);
  evenOut(place_.top, place_.height, height);
  upright_ = uprightInfo(place_, swapsSides(geometry_.flip), output_);
  const bool direct = geometry_.flip == 0;
  const Resampler resampler = resamplerFor(geometry_.interpolation);
  GstStructure* options = gst_structure_new(
      "options", GST_VIDEO_CONVERTER_OPT_RESAMPLER_METHOD, GST_TYPE_VIDEO_RESAMPLER_METHOD,
      resampler.method, GST_VIDEO_CONVERTER_OPT_RESAMPLER_TAPS, G_TYPE_UINT, resampler.taps,
      GST_VIDEO_CONVERTER_OPT_FILL_BORDER, G_TYPE_BOOLEAN, FALSE, GST_VIDEO_CONVERTER_OPT_SRC_X,
      G_TYPE_INT, from.left, GST_VIDEO_CONVERTER_OPT_SRC_Y, G_TYPE_INT, from.top,
      GST_VIDEO_CONVERTER_OPT_SRC_WIDTH, G_TYPE_INT, from.width, GST_VIDEO_CONVERTER_OPT_SRC_HEIGHT,
      G_TYPE_INT, from.height, nullptr);
  if (direct) {
    gst_structure_set(options, GST_VIDEO_CONVERTER_OPT_DEST_X, G_TYPE_INT, place_.left,
                      GST_VIDEO_CONVERTER_OPT_DEST_Y, G_TYPE_INT, place_.top,
                      GST_VIDEO_CONVERTER_OPT_DEST_WIDTH, G_TYPE_INT, place_.width,
                      GST_VIDEO_CONVERTER_OPT_DEST_HEIGHT, G_TYPE_INT, place_.height, nullptr);
  }
  GstVideoInfo target = direct ? output_ : upright_;
  copyTiming(input_, target);
  converter_.reset(gst_video_converter_new(&input_, &target, options));
}

// A new output picture, with the old pixels where they will not be drawn over.
Converter::BufferPointer Converter::canvas() const {
  BufferPointer buffer(gst_buffer_new_allocate(nullptr, output_.size, nullptr));
  if (coversAll(place_, output_)) {
    return buffer;
  }
  if (!last_) {
    fillBlack(buffer.get(), output_);
    return buffer;
  }
  Mapped from(output_, gst_sample_get_buffer(last_.get()), GST_MAP_READ);
  Mapped to(output_, buffer.get(), GST_MAP_WRITE);
  if (from && to) {
    gst_video_frame_copy(&to.frame(), &from.frame());
  }
  return buffer;
}

bool Converter::draw(GstBuffer* input, GstBuffer* output) {
  Mapped from(input_, input, GST_MAP_READ);
  Mapped to(output_, output, GST_MAP_READWRITE);
  if (!converter_ || !from || !to) {
    return false;
  }
  if (geometry_.flip == 0) {
    gst_video_converter_frame(converter_.get(), &from.frame(), &to.frame());
    return true;
  }
  const BufferPointer upright(gst_buffer_new_allocate(nullptr, upright_.size, nullptr));
  Mapped between(upright_, upright.get(), GST_MAP_READWRITE);
  if (!between) {
    return false;
  }
  gst_video_converter_frame(converter_.get(), &from.frame(), &between.frame());
  flip(geometry_.flip, between.frame(), to.frame(), static_cast<int>(place_.left),
       static_cast<int>(place_.top));
  return true;
}

} // namespace sightline
