// How the value of a setting is read: JSON in, the typed setting out. [DeepStream REST: unsigned
// fields take whole and cut-off numbers and booleans, flags take booleans and numbers]
#pragma once

#include "http/setting-endpoint.h"
#include "pipeline/limits.h"

#include <limits>
#include <optional>

namespace sightline::http {

// A reader of the row's one field; nothing means that the value is out of range.
template <class Convert>
SettingEndpoint::Read one(Convert convert) {
  return [convert](const Json::Value& fields,
                   const SettingEndpoint& row) -> std::variant<Action, BadEnvelope> {
    const Json::Value& value = fields[row.field];
    // Null is no value, but jsoncpp would read 0; DeepStream takes its default and says SUCCESS.
    const std::optional<Action> action = value.isNull() ? std::nullopt : convert(value);
    return action ? std::variant<Action, BadEnvelope>(*action) : BadEnvelope{row.badValue};
  };
}

template <class Setting>
SettingEndpoint::Read unsignedFrom(unsigned min, unsigned max) {
  return one([min, max](const Json::Value& value) -> std::optional<Action> {
    const unsigned number = value.asUInt();
    return number >= min && number <= max ? std::optional<Action>(Setting{number}) : std::nullopt;
  });
}

template <class Setting>
SettingEndpoint::Read unsignedTo(unsigned max) {
  return unsignedFrom<Setting>(0, max);
}

// A number that names one of `Enum`'s values, the last of which is `max`.
template <class Setting, class Enum>
SettingEndpoint::Read enumTo(Enum max) {
  return one([max](const Json::Value& value) -> std::optional<Action> {
    const unsigned number = value.asUInt();
    return number <= static_cast<unsigned>(max)
               ? std::optional<Action>(Setting{static_cast<Enum>(number)})
               : std::nullopt;
  });
}

template <class Setting>
SettingEndpoint::Read flag() {
  return one(
      [](const Json::Value& value) -> std::optional<Action> { return Setting{value.asBool()}; });
}

// A flag that does something only when it is set: false would be a success without an effect.
template <class Thing>
SettingEndpoint::Read trigger(Thing thing) {
  return one([thing](const Json::Value& value) -> std::optional<Action> {
    return value.asBool() ? std::optional<Action>(thing) : std::nullopt;
  });
}

// Exactly "left:top:width:height"; "0:0:0:0" is no crop.
std::optional<Area> parseCrop(const std::string& text);

template <class Setting>
SettingEndpoint::Read crop() {
  return one([](const Json::Value& value) -> std::optional<Action> {
    const auto area = parseCrop(value.asString());
    return area ? std::optional<Action>(Setting{*area}) : std::nullopt;
  });
}

SettingEndpoint::Read batchedPushTimeout();
SettingEndpoint::Read trackerConfig();
SettingEndpoint::Read analyticsReload();
// roi_count and roi together.
SettingEndpoint::Read rois();

} // namespace sightline::http
