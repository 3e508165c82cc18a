// PUT /api/v1/sightline/streams/{camera_id}/detectors: all that decides what is found in a stream.
#include "http/json-body.h"
#include "http/routes.h"
#include "http/sightline-json.h"
#include "pipeline/limits.h"

#include <algorithm>
#include <array>

namespace sightline::http {

namespace {

std::vector<DetectorKind> readKinds(const Json::Value& list) {
  constexpr std::array all{DetectorKind::motion, DetectorKind::face, DetectorKind::body};
  if (!list.isArray()) {
    throw Mistake{"detectors must be a list"};
  }
  std::vector<DetectorKind> kinds;
  for (const Json::Value& name : list) {
    const auto kind = std::find_if(all.begin(), all.end(), [&](DetectorKind one) {
      return name.isString() && name.asString() == detectorName(one);
    });
    if (kind == all.end() || std::find(kinds.begin(), kinds.end(), *kind) != kinds.end()) {
      throw Mistake{"detectors must be some of motion, face and body, each once"};
    }
    kinds.push_back(*kind);
  }
  return kinds;
}

Roi readRegion(const Json::Value& json) {
  constexpr unsigned pixelsMax = 65535;
  checkMembers(json, {"id", "left", "top", "width", "height"});
  const auto pixels = [&](const char* name) { return readUnsigned(json[name], name, pixelsMax); };
  Roi roi{json["id"].isString() ? json["id"].asString() : "",
          {pixels("left"), pixels("top"), pixels("width"), pixels("height")}};
  if (roi.id.empty() || roi.id.size() > limits::roiIdBytesMax) {
    throw Mistake{"a region needs an id of at most " + std::to_string(limits::roiIdBytesMax) +
                  " bytes"};
  }
  if (roi.area.width == 0 || roi.area.height == 0) {
    throw Mistake{"a region needs a width and a height"};
  }
  return roi;
}

std::string readTrackerConfig(const Json::Value& path) {
  if (!path.isString() || path.asString().size() > limits::pathBytesMax) {
    throw Mistake{"trackerConfig must be the path of a file, or empty"};
  }
  return path.asString();
}

Detectors readDetectors(const std::string& body) {
  const Json::Value json = readJson(body);
  checkMembers(json, {"detectors", "rois", "interval", "osd", "trackerConfig"});
  Detectors detectors;
  detectors.kinds = readKinds(json["detectors"]);
  const Json::Value& rois = json["rois"];
  if (!rois.isNull() && (!rois.isArray() || rois.size() > limits::roisMax)) {
    throw Mistake{"rois must be a list of at most " + std::to_string(limits::roisMax)};
  }
  std::transform(rois.begin(), rois.end(), std::back_inserter(detectors.rois), readRegion);
  if (json.isMember("interval")) {
    detectors.interval = readUnsigned(json["interval"], "interval", limits::inferserverIntervalMax);
  }
  if (json.isMember("osd") && !json["osd"].isBool()) {
    throw Mistake{"osd must be true or false"};
  }
  detectors.osd = json["osd"].asBool();
  if (json.isMember("trackerConfig")) {
    detectors.trackerConfig = readTrackerConfig(json["trackerConfig"]);
  }
  return detectors;
}

Response putDetectors(Control& control, const Request& request) {
  Detectors detectors;
  try {
    detectors = readDetectors(request.body);
  } catch (const Mistake& mistake) {
    return problem(400, "input.invalid", mistake.text);
  }
  switch (control.set(SetOnStream{request.segment, detectors, request.requestId})) {
  case ChangeResult::unknownSource:
    return problem(404, "stream.not-found", "there is no such stream");
  case ChangeResult::noFile:
    return problem(400, "input.invalid",
                   "trackerConfig names no tracker's file in the folder of --analytics-dir");
  case ChangeResult::unsupported:
    return problem(501, "native.refused", "this host has no such detector");
  case ChangeResult::done:
    break;
  }
  return jsonAnswer(200, detectorsJson(detectors));
}

} // namespace

Json::Value detectorsJson(const Detectors& detectors) {
  Json::Value json;
  json["detectors"] = Json::arrayValue;
  for (const DetectorKind kind : detectors.kinds) {
    json["detectors"].append(detectorName(kind));
  }
  json["rois"] = Json::arrayValue;
  for (const Roi& roi : detectors.rois) {
    Json::Value entry = areaJson(roi.area);
    entry["id"] = roi.id;
    json["rois"].append(std::move(entry));
  }
  json["interval"] = detectors.interval;
  json["osd"] = detectors.osd;
  json["trackerConfig"] = detectors.trackerConfig;
  return json;
}

Json::Value areaJson(const Area& area) {
  Json::Value json;
  json["left"] = area.left;
  json["top"] = area.top;
  json["width"] = area.width;
  json["height"] = area.height;
  return json;
}

void registerDetectorEndpoint(EndpointTable& table, const Host& host) {
  table.push_back({"PUT", "/api/v1/sightline/streams/{}/detectors", Family::sightline,
                   [&control = host.control](const Request& request) {
                     return putDetectors(control, request);
                   }});
}

} // namespace sightline::http
