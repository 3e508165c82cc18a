#include "http/setting-value.h"

#include <algorithm>
#include <charconv>

namespace sightline::http {

namespace {

BadEnvelope roiError(const std::string& text) {
  return BadEnvelope{"ROI_UPDATE_FAIL, error: " + text};
}

// A missing coordinate is not 0, as it is in DeepStream.
unsigned coordinate(const Json::Value& roi, const char* name) {
  const Json::Value& value = roi[name];
  if (value.isNull()) {
    throw Json::RuntimeError(std::string("roi has no ") + name);
  }
  return value.asUInt();
}

Roi readRoi(const Json::Value& entry) {
  if (!entry.isObject()) {
    throw Json::RuntimeError("roi holds something else than objects");
  }
  Roi roi;
  roi.id = entry["roi_id"].asString();
  roi.area = {coordinate(entry, "left"), coordinate(entry, "top"), coordinate(entry, "width"),
              coordinate(entry, "height")};
  if (roi.area.width == 0 || roi.area.height == 0) {
    throw Json::RuntimeError("roi has no area");
  }
  if (roi.id.empty()) {
    throw Json::RuntimeError("roi has no roi_id");
  }
  if (roi.id.size() > limits::roiIdBytesMax) {
    throw Json::RuntimeError("roi_id is too long");
  }
  return roi;
}

std::variant<Action, BadEnvelope> readRois(const Json::Value& fields, const SettingEndpoint& row) {
  // DeepStream reads beyond the end of `roi` when `roi_count` says so, and drops what is over.
  const unsigned count = fields["roi_count"].asUInt();
  const Json::Value& list = fields[row.field];
  if (count == 0) {
    return BadEnvelope{"ROI_UPDATE_FAIL, roi id is 0"};
  }
  if (list.isNull() || (list.isArray() && list.empty())) {
    return BadEnvelope{row.badValue};
  }
  if (!list.isArray()) {
    return roiError("roi is no array");
  }
  if (list.size() != count) {
    return roiError("roi_count is not the number of entries in roi");
  }
  if (count > limits::roisMax) {
    return roiError("too many entries in roi");
  }
  Rois rois;
  std::transform(list.begin(), list.end(), std::back_inserter(rois.rois), readRoi);
  return Action(StreamSetting(std::move(rois)));
}

} // namespace

std::optional<Area> parseCrop(const std::string& text) {
  Area area;
  const char* at = text.data();
  const char* end = at + text.size();
  for (unsigned* number : {&area.left, &area.top, &area.width, &area.height}) {
    if (number != &area.left && (at == end || *at++ != ':')) {
      return std::nullopt;
    }
    const auto [stop, error] = std::from_chars(at, end, *number);
    if (error != std::errc()) {
      return std::nullopt;
    }
    at = stop;
  }
  const bool isNone = area.left == 0 && area.top == 0 && area.width == 0 && area.height == 0;
  const bool hasArea = area.width > 0 && area.height > 0;
  return at == end && (hasArea || isNone) ? std::optional(area) : std::nullopt;
}

SettingEndpoint::Read batchedPushTimeout() {
  return one([](const Json::Value& value) -> std::optional<Action> {
    const int microseconds = value.asInt();
    return microseconds >= -1 ? std::optional<Action>(BatchedPushTimeout{microseconds})
                              : std::nullopt;
  });
}

SettingEndpoint::Read trackerConfig() {
  return one([](const Json::Value& value) -> std::optional<Action> {
    const std::string path = value.asString();
    return path.empty() || path.size() > limits::pathBytesMax
               ? std::nullopt
               : std::optional<Action>(TrackerConfig{path});
  });
}

SettingEndpoint::Read analyticsReload() {
  return one([](const Json::Value& value) -> std::optional<Action> {
    // nvdsanalytics reads its own file again, whatever is named here.
    return value.asString().empty() ? std::nullopt : std::optional<Action>(AnalyticsReload{});
  });
}

SettingEndpoint::Read rois() {
  return readRois;
}

} // namespace sightline::http
