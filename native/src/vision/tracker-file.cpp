#include "vision/tracker-file.h"

#include "pipeline/limits.h"

#include <charconv>
#include <sstream>
#include <string_view>

namespace sightline::vision {

namespace {

std::string_view trim(std::string_view text) {
  constexpr auto blanks = " \t\r";
  const std::size_t start = text.find_first_not_of(blanks);
  if (start == std::string_view::npos) {
    return {};
  }
  return text.substr(start, text.find_last_not_of(blanks) - start + 1);
}

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

} // namespace

std::optional<TrackerParameters> parseTrackerFile(const std::string& text) {
  TrackerParameters parameters;
  bool any = false;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const std::string_view content = std::string_view(line).substr(0, line.find('#'));
    const std::size_t colon = content.find(':');
    if (colon == std::string_view::npos) {
      continue;
    }
    const std::string_view key = trim(content.substr(0, colon));
    const std::string_view value = trim(content.substr(colon + 1));
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

} // namespace sightline::vision
