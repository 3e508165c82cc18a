// How the additive routes read a body: strictly, and with a sentence about what is wrong.
#pragma once

#include <json/value.h>

#include <set>
#include <string>

namespace sightline::http {

// What the client is told.
struct Mistake {
  std::string text;
};

// Throws a Mistake when it is not JSON.
Json::Value readJson(const std::string& body);

// Throws a Mistake when it is no whole number up to `max`.
unsigned readUnsigned(const Json::Value& value, const std::string& name, unsigned max);

// Throws a Mistake when it is no object, or has a member that is not known.
void checkMembers(const Json::Value& object, const std::set<std::string>& known);

} // namespace sightline::http
