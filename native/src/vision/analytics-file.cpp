#include "vision/analytics-file.h"

#include <glib.h>
#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <functional>

namespace sightline::vision {

namespace {

struct FreeKeyFile {
  void operator()(GKeyFile* file) const { g_key_file_unref(file); }
};
using KeyFile = std::unique_ptr<GKeyFile, FreeKeyFile>;

struct FreeTexts {
  void operator()(gchar** texts) const { g_strfreev(texts); }
};
using Texts = std::unique_ptr<gchar*, FreeTexts>;

struct Free {
  void operator()(gint* numbers) const { g_free(numbers); }
};

// The size that the coordinates in the file speak of.
struct Scale {
  int width = 0;
  int height = 0;
};

// Nothing unless the list is made of points that lie in the picture.
std::optional<Polygon> points(GKeyFile* file, const char* group, const char* key, Scale scale) {
  gsize count = 0;
  const std::unique_ptr<gint, Free> numbers(
      g_key_file_get_integer_list(file, group, key, &count, nullptr));
  if (!numbers || count % 2 != 0) {
    return std::nullopt;
  }
  Polygon result;
  for (gsize at = 0; at < count; at += 2) {
    const int x = numbers.get()[at];
    const int y = numbers.get()[at + 1];
    if (x < 0 || y < 0 || x > scale.width || y > scale.height) {
      return std::nullopt;
    }
    result.emplace_back(static_cast<double>(x) / scale.width,
                        static_cast<double>(y) / scale.height);
  }
  return result;
}

bool isEnabled(GKeyFile* file, const char* group) {
  return g_key_file_get_integer(file, group, "enable", nullptr) != 0;
}

bool takeRoi(StreamRules& rules, const std::string&, const Polygon& corners) {
  constexpr std::size_t cornersMin = 3;
  if (corners.size() < cornersMin) {
    return false;
  }
  rules.rois.push_back(corners);
  return true;
}

// Two points of the direction, then the two ends of the line.
bool takeLine(StreamRules& rules, const std::string& name, const Polygon& given) {
  constexpr std::size_t count = 4;
  if (given.size() != count || given[0] == given[1] || given[2] == given[3]) {
    return false;
  }
  rules.lines.push_back({name, given[2], given[3], given[1] - given[0]});
  return true;
}

using Take = std::function<bool(StreamRules&, const std::string&, const Polygon&)>;

// Every key of the group that begins with `prefix`; false when one of them is wrong.
bool takeGroup(GKeyFile* file, const char* group, const std::string& prefix, Scale scale,
               const std::function<bool(const std::string&, const Polygon&)>& take) {
  const Texts keys(g_key_file_get_keys(file, group, nullptr, nullptr));
  for (gchar** key = keys.get(); key != nullptr && *key != nullptr; ++key) {
    const std::string name = *key;
    if (!name.starts_with(prefix)) {
      continue;
    }
    const auto given = points(file, group, *key, scale);
    if (!given || !take(name.substr(prefix.size()), *given)) {
      return false;
    }
  }
  return true;
}

struct GroupKind {
  std::string group;
  std::string key;
  Take take;
};

const std::vector<GroupKind>& groupKinds() {
  static const std::vector<GroupKind> kinds{
      {"roi-filtering-stream-", "roi-", takeRoi},
      {"line-crossing-stream-", "line-crossing-", takeLine},
  };
  return kinds;
}

// The number at the end of a group's name.
std::optional<int> streamNumber(const std::string& group, const std::string& prefix) {
  int number = 0;
  const char* end = group.data() + group.size();
  const auto [stop, error] = std::from_chars(group.data() + prefix.size(), end, number);
  return error == std::errc() && stop == end && number >= 0 ? std::optional(number) : std::nullopt;
}

double cross(cv::Point2d one, cv::Point2d other) {
  return one.x * other.y - one.y * other.x;
}

} // namespace

std::optional<AnalyticsRules> parseAnalyticsFile(const std::string& text) {
  const KeyFile file(g_key_file_new());
  if (!g_key_file_load_from_data(file.get(), text.data(), text.size(), G_KEY_FILE_NONE, nullptr)) {
    return std::nullopt;
  }
  const Scale scale{g_key_file_get_integer(file.get(), "property", "config-width", nullptr),
                    g_key_file_get_integer(file.get(), "property", "config-height", nullptr)};
  if (scale.width <= 0 || scale.height <= 0) {
    return std::nullopt;
  }
  AnalyticsRules rules;
  if (!isEnabled(file.get(), "property")) {
    return rules;
  }
  const Texts groups(g_key_file_get_groups(file.get(), nullptr));
  for (gchar** group = groups.get(); *group != nullptr; ++group) {
    for (const GroupKind& kind : groupKinds()) {
      if (!std::string_view(*group).starts_with(kind.group) || !isEnabled(file.get(), *group)) {
        continue;
      }
      const auto number = streamNumber(*group, kind.group);
      const auto take = [&](const std::string& name, const Polygon& given) {
        return kind.take(rules[*number], name, given);
      };
      if (!number || !takeGroup(file.get(), *group, kind.key, scale, take)) {
        return std::nullopt;
      }
    }
  }
  return rules;
}

bool isInside(const StreamRules& rules, cv::Point2d place) {
  return rules.rois.empty() ||
         std::any_of(rules.rois.begin(), rules.rois.end(), [&](const Polygon& roi) {
           const std::vector<cv::Point2f> corners(roi.begin(), roi.end());
           return cv::pointPolygonTest(corners, place, false) >= 0;
         });
}

std::vector<std::string> crossedLines(const StreamRules& rules, cv::Point2d from, cv::Point2d to) {
  std::vector<std::string> names;
  const cv::Point2d step = to - from;
  for (const Line& line : rules.lines) {
    const cv::Point2d along = line.to - line.from;
    // Each segment's ends are on two sides of the other. A place on the line is on one side of it,
    // so that two steps that meet there cross it once.
    const bool changesSide =
        (cross(along, from - line.from) < 0) != (cross(along, to - line.from) < 0);
    const bool meets =
        changesSide && cross(step, line.from - from) * cross(step, line.to - from) <= 0;
    if (meets && step.dot(line.direction) > 0) {
      names.push_back(line.name);
    }
  }
  return names;
}

} // namespace sightline::vision
