// What several of the additive routes show. Field names are those of contracts/pipeline-api.ts.
#pragma once

#include "pipeline/control.h"

#include <json/value.h>

namespace sightline::http {

Json::Value errorJson(const StreamError& error);
Json::Value areaJson(const Area& area);
Json::Value detectorsJson(const Detectors& detectors);
Json::Value recordingJson(const RecordingStatus& recording);

} // namespace sightline::http
