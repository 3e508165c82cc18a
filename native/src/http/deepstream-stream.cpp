// DeepStream stream/*: which sources there are.
#include "http/envelope.h"
#include "http/prometheus.h"
#include "http/routes.h"
#include "http/sightline-json.h"

namespace sightline::http {

namespace {

constexpr auto failedAdd = "STREAM_ADD_FAIL, Failed to add source stream";

// DeepStream's reason says nothing; why stands beside it.
Response refusedAdd(const StreamError& error, const Compatibility& compatibility) {
  Json::Value body;
  body["reason"] = failedAdd;
  if (!compatibility.isAlways200()) {
    body["error"] = errorJson(error);
  }
  return answerWith(500, std::move(body));
}

Response add(const Host& host, const StreamChange& change, const std::string& requestId) {
  const AddAnswer answered =
      host.control.add({change.cameraId, change.cameraName, change.cameraUrl, requestId});
  switch (answered.result) {
  case AddResult::added:
    return answer(200, "STREAM_ADD_SUCCESS");
  case AddResult::atCapacity:
    // "exceded" is how DeepStream writes it.
    return answer(500, "STREAM_ADD_FAIL, Active sources exceded max-batch-size of nvstreammux");
  case AddResult::duplicate:
    return answer(500, "STREAM_ADD_FAIL, Duplicate Camera id, unable to add stream");
  case AddResult::refused:
    return refusedAdd(answered.error, host.compatibility);
  case AddResult::stopping:
    break;
  }
  return answer(500, failedAdd);
}

// DeepStream up to 8.0, and its application always, answers 200 and no reason when there is nothing
// to remove.
bool isSilentOnUnknown(const Compatibility& compatibility) {
  return compatibility.isExact() &&
         (*compatibility.exactly < Release::v9_0 || !compatibility.withinMultiurisrcbin);
}

Response remove(const Host& host, const StreamChange& change, const std::string& requestId) {
  if (host.control.remove({change.cameraId, change.cameraUrl, requestId})) {
    return answer(200, "STREAM_REMOVE_SUCCESS");
  }
  if (isSilentOnUnknown(host.compatibility)) {
    return answer(200, "");
  }
  return answer(500, "STREAM_REMOVE_FAIL, No record found. Failed to remove source stream");
}

Response change(const Host& host, const Request& request) {
  const auto parsed = parseStreamChange(request.body, host.compatibility);
  if (const auto* bad = std::get_if<BadEnvelope>(&parsed)) {
    return answer(400, bad->reason);
  }
  const auto& change = std::get<StreamChange>(parsed);
  return change.kind == StreamChange::Kind::add ? add(host, change, request.requestId)
                                                : remove(host, change, request.requestId);
}

Response list(const Host& host, const Request& request) {
  const std::vector<StreamEntry> streams = host.control.list();
  if (wantsPrometheus(request, host.compatibility)) {
    const Sample count{{{"metric_name", "total_stream_count"}},
                       static_cast<double>(streams.size())};
    return prometheusAnswer({{"total_stream_count", "Total stream count from ds", {count}}});
  }
  Json::Value entries(Json::arrayValue);
  for (const StreamEntry& stream : streams) {
    Json::Value entry;
    entry["camera_id"] = stream.cameraId;
    entry["camera_name"] = stream.cameraName;
    if (host.compatibility.includes(Release::v8_0)) {
      entry["source_id"] = stream.sourceId;
    }
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
  for (const char* path : {"/api/v1/stream/add", "/api/v1/stream/remove"}) {
    table.push_back({"POST", path, Family::deepstream,
                     [host](const Request& request) { return change(host, request); }});
  }
  table.push_back({"GET", "/api/v1/stream/get-stream-info", Family::deepstream,
                   [host](const Request& request) { return list(host, request); }});
}

} // namespace sightline::http
