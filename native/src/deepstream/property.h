// Properties of elements that this program is built without: looked up by name, never assumed.
#pragma once

#include <gst/gst.h>

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

namespace sightline::deepstream {

// Numbers are of any integer type, boolean or enum.
using PropertyValue = std::variant<std::int64_t, std::string>;

// False when there is no such property, or it cannot be this value; then nothing has changed.
bool setProperty(GstElement* element, const char* name, const PropertyValue& value);

// Of any integer type; nothing when there is no such property to read.
std::optional<std::int64_t> readNumber(GstElement* element, const char* name);

// Whether a new element would take it, as far as its class says.
bool fits(const char* factory, const char* property, const PropertyValue& value);

// Whether there is such a property, and it does not say of itself that it can only be changed
// before an element plays. Most of DeepStream's say nothing.
bool isChangeable(const char* factory, const char* property);
bool hasProperty(const char* factory, const char* property);

} // namespace sightline::deepstream
