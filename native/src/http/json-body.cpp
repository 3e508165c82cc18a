#include "http/json-body.h"

#include "pipeline/limits.h"

#include <json/reader.h>

#include <memory>

namespace sightline::http {

Json::Value readJson(const std::string& body) {
  Json::Value json;
  std::string errors;
  Json::CharReaderBuilder builder;
  Json::CharReaderBuilder::strictMode(&builder.settings_);
  builder["stackLimit"] = limits::jsonDepthMax;
  const std::unique_ptr<Json::CharReader> reader(builder.newCharReader());
  try {
    if (reader->parse(body.data(), body.data() + body.size(), &json, &errors)) {
      return json;
    }
  } catch (const Json::Exception&) {
    // Nested too deeply.
  }
  throw Mistake{"the body is not JSON"};
}

unsigned readUnsigned(const Json::Value& value, const std::string& name, unsigned max) {
  if (!value.isUInt() || value.asUInt() > max) {
    throw Mistake{name + " must be a whole number from 0 to " + std::to_string(max)};
  }
  return value.asUInt();
}

void checkMembers(const Json::Value& object, const std::set<std::string>& known) {
  if (!object.isObject()) {
    throw Mistake{"an object is wanted"};
  }
  for (const std::string& name : object.getMemberNames()) {
    if (!known.contains(name)) {
      throw Mistake{"unknown field " + name};
    }
  }
}

} // namespace sightline::http
