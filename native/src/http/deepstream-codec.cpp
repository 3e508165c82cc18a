// DeepStream dec/* and enc/*: what can be set on decoder and encoder.
#include "http/envelope.h"
#include "http/routes.h"
#include "pipeline/limits.h"

namespace sightline::http {

namespace {

Response dropFrameInterval(Control& control, const Request& request) {
  const UnsignedField field{"DROP_FRAME_INTERVAL_UPDATE", "drop_frame_interval",
                            limits::dropFrameIntervalMax,
                            "drop_frame_interval value not parsed correctly, Range: 0 - 30"};
  const auto parsed = parseUnsigned(request.body, field);
  if (const auto* bad = std::get_if<BadEnvelope>(&parsed)) {
    return answer(400, bad->reason);
  }
  const auto& change = std::get<StreamValue<unsigned>>(parsed);
  if (control.set(SetOnStream{change.sourceId, DropFrameInterval{change.value},
                              request.requestId}) != ChangeResult::done) {
    return answer(500, "DROP_FRAME_INTERVAL_UPDATE_FAIL, drop-frame-interval not set on decoder");
  }
  return answer(200, "DROP_FRAME_INTERVAL_UPDATE_SUCCESS");
}

Response forceIdr(Control& control, const Request& request) {
  const FlagField field{"FORCE_IDR_UPDATE", "force_idr", "force_idr value not parsed correctly"};
  const auto parsed = parseFlag(request.body, field);
  if (const auto* bad = std::get_if<BadEnvelope>(&parsed)) {
    return answer(400, bad->reason);
  }
  const auto& flag = std::get<StreamValue<bool>>(parsed);
  if (!flag.value) {
    // Success would claim an IDR that nobody makes.
    return answer(400, "FORCE_IDR_UPDATE_FAIL, force_idr must be 1");
  }
  switch (control.force({flag.sourceId, KeyFrame::idr, request.requestId})) {
  case ChangeResult::done:
    return answer(200, "FORCE_IDR_UPDATE_SUCCESS");
  case ChangeResult::unknownSource:
    return answer(500, "FORCE_IDR_UPDATE_FAIL, Not able to find source id");
  case ChangeResult::unsupported:
    break;
  }
  return answer(500, "FORCE_IDR_UPDATE_FAIL, nv-enc-force-idr event not pushed");
}

} // namespace

void registerCodecEndpoints(EndpointTable& table, const Host& host) {
  Control& control = host.control;
  table.push_back(
      {"POST", "/api/v1/dec/drop-frame-interval", Family::deepstream,
       [&control](const Request& request) { return dropFrameInterval(control, request); }});
  table.push_back({"POST", "/api/v1/enc/force-idr", Family::deepstream,
                   [&control](const Request& request) { return forceIdr(control, request); }});
}

} // namespace sightline::http
