#pragma once

#include <opencv2/core/types.hpp>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sightline::vision {

// Corners as shares of the picture's width and height, so that they fit any size.
using Polygon = std::vector<cv::Point2d>;

struct Line {
  std::string name;
  cv::Point2d from;
  cv::Point2d to;
  // A crossing counts when it goes this way.
  cv::Point2d direction;
};

// What DeepStream's nvdsanalytics file says about one stream.
struct StreamRules {
  // Objects count that stand in one of them; none: everywhere.
  std::vector<Polygon> rois;
  std::vector<Line> lines;
};

// By source id.
using AnalyticsRules = std::map<int, StreamRules>;

// Reads the groups property, roi-filtering-stream-N and line-crossing-stream-N; nothing when the
// text is not such a file.
std::optional<AnalyticsRules> parseAnalyticsFile(const std::string& text);

// Whether an object at this place of the picture counts.
bool isInside(const StreamRules& rules, cv::Point2d place);
// Names of the lines crossed by going from one place to the other.
std::vector<std::string> crossedLines(const StreamRules& rules, cv::Point2d from, cv::Point2d to);

} // namespace sightline::vision
