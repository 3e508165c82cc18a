#include "vision/motion-detector.h"

#include "pipeline/limits.h"
#include "vision/shrink.h"

#include <opencv2/imgproc.hpp>

namespace sightline::vision {

namespace {

cv::Rect scale(const cv::Rect& box, double factor) {
  const cv::Point end(cvCeil(box.br().x * factor), cvCeil(box.br().y * factor));
  const cv::Point start(cvFloor(box.x * factor), cvFloor(box.y * factor));
  return {start, end};
}

} // namespace

Boxes MotionDetector::detect(const cv::Mat& luma, const Boxes& regions) {
  // How fast the ground follows, and how much lighter or darker is a change: compression noise
  // stays below.
  constexpr double learning = 0.05;
  constexpr double changeMin = 25;
  const auto [small, factor] = shrink(luma, {limits::motionWidthMax, limits::motionHeightMax});
  if (pictureSize_ != luma.size()) {
    pictureSize_ = luma.size();
    small.convertTo(background_, CV_32F);
    return {};
  }
  cv::Mat ground;
  background_.convertTo(ground, CV_8U);
  cv::accumulateWeighted(small, background_, learning);
  cv::Mat changed;
  cv::absdiff(small, ground, changed);
  cv::threshold(changed, changed, changeMin, 255, cv::THRESH_BINARY);
  cv::Mat looked = cv::Mat::zeros(changed.size(), CV_8U);
  const cv::Rect whole({}, changed.size());
  for (const cv::Rect& region : regions) {
    const cv::Rect place = scale(region, 1 / factor) & whole;
    changed(place).copyTo(looked(place));
  }
  // The front and the back of a moving thing are one thing.
  cv::dilate(looked, looked, cv::Mat(), {-1, -1}, 3);
  std::vector<std::vector<cv::Point>> outlines;
  cv::findContours(looked, outlines, cv::RETR_EXTERNAL, cv::CHAIN_APPROX_SIMPLE);
  Boxes boxes;
  for (const auto& outline : outlines) {
    const cv::Rect box = cv::boundingRect(outline);
    if (box.area() * limits::motionShareMin >= whole.area()) {
      boxes.push_back(scale(box, factor) & cv::Rect({}, luma.size()));
    }
  }
  return boxes;
}

} // namespace sightline::vision
