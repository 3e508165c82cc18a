// What several of the additive routes show. Field names are those of contracts/pipeline-api.ts.
#pragma once

#include "pipeline/settings.h"

#include <json/value.h>

namespace sightline::http {

Json::Value areaJson(const Area& area);
Json::Value detectorsJson(const Detectors& detectors);

} // namespace sightline::http
