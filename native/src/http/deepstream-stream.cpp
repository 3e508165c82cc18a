// DeepStream stream/*: which sources there are.
#include "http/envelope.h"
#include "http/routes.h"

namespace sightline::http {

namespace {

Response add(Control& control, const StreamChange& change, const std::string& requestId) {
  switch (control.add({change.cameraId, change.cameraName, change.cameraUrl, requestId})) {
  case AddResult::added:
    return answer(200, "STREAM_ADD_SUCCESS");
  case AddResult::atCapacity:
    // "exceded" is how DeepStream writes it.
    return answer(500, "STREAM_ADD_FAIL, Active sources exceded max-batch-size of nvstreammux");
  case AddResult::duplicate:
    return answer(500, "STREAM_ADD_FAIL, Duplicate Camera id, unable to add stream");
  case AddResult::stopping:
    break;
  }
  return answer(500, "STREAM_ADD_FAIL, Failed to add source stream");
}

Response remove(Control& control, const StreamChange& change, const std::string& requestId) {
  if (control.remove({change.cameraId, change.cameraUrl, requestId})) {
    return answer(200, "STREAM_REMOVE_SUCCESS");
  }
  return answer(500, "STREAM_REMOVE_FAIL, No record found. Failed to remove source stream");
}

Response change(Control& control, const Request& request) {
  const auto parsed = parseStreamChange(request.body);
  if (const auto* bad = std::get_if<BadEnvelope>(&parsed)) {
    return answer(400, bad->reason);
  }
  const auto& change = std::get<StreamChange>(parsed);
  return change.kind == StreamChange::Kind::add ? add(control, change, request.requestId)
                                                : remove(control, change, request.requestId);
}

Response list(const Control& control) {
  Json::Value entries(Json::arrayValue);
  for (const StreamEntry& stream : control.list()) {
    Json::Value entry;
    entry["camera_id"] = stream.cameraId;
    entry["camera_name"] = stream.cameraName;
    entry["source_id"] = stream.sourceId;
    entries.append(std::move(entry));
  }
  Json::Value body;
  body["reason"] = "GET_LIVE_STREAM_INFO_SUCCESS";
  body["stream-info"]["stream-count"] = entries.size();
  body["stream-info"]["stream-info"] = std::move(entries);
  return answerWith(200, std::move(body));
}

} // namespace

void registerStreamEndpoints(EndpointTable& table, const Host& host) {
  Control& control = host.control;
  for (const char* path : {"/api/v1/stream/add", "/api/v1/stream/remove"}) {
    table.push_back({"POST", path, Family::deepstream,
                     [&control](const Request& request) { return change(control, request); }});
  }
  table.push_back({"GET", "/api/v1/stream/get-stream-info", Family::deepstream,
                   [&control](const Request&) { return list(control); }});
}

} // namespace sightline::http
