#include "vision/tracker-file.h"

#include "pipeline/limits.h"
#include "pipeline/yaml-entries.h"

#include <charconv>
#include <string_view>

namespace sightline::vision {

namespace {

template <class Number>
bool take(std::string_view text, Number max, Number& number) {
  Number parsed{};
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, parsed);
  if (error != std::errc() || stop != end || !(parsed >= 0 && parsed <= max)) {
    return false;
  }
  number = parsed;
  return true;
}

std::optional<TrackerParameters> pick(const std::vector<YamlEntry>& entries) {
  TrackerParameters parameters;
  bool any = false;
  for (const YamlEntry& entry : entries) {
    const std::string& key = entry.keys.back();
    const std::string value = entry.value.value_or("");
    bool good = true;
    if (key == "maxShadowTrackingAge") {
      good = take(value, limits::trackAgeMax, parameters.maxShadowTrackingAge);
    } else if (key == "probationAge") {
      good = take(value, limits::trackAgeMax, parameters.probationAge);
    } else if (key == "minMatchingScore4Iou") {
      good = take(value, 1.0, parameters.minMatchingScore4Iou);
    } else {
      continue;
    }
    if (!good) {
      return std::nullopt;
    }
    any = true;
  }
  return any ? std::optional(parameters) : std::nullopt;
}

} // namespace

std::optional<TrackerParameters> parseTrackerFile(const std::string& text) {
  try {
    return pick(readYamlEntries(text));
  } catch (const BadYaml&) {
    return std::nullopt;
  }
}

} // namespace sightline::vision
