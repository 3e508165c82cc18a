#pragma once

#include "vision/tracker.h"

#include <optional>
#include <string>

namespace sightline::vision {

// Reads what our tracker knows of a DeepStream low-level tracker's YAML: maxShadowTrackingAge,
// probationAge and minMatchingScore4Iou, in whatever section; what is absent keeps its default.
// Nothing when none of them is there or a value makes no sense.
std::optional<TrackerParameters> parseTrackerFile(const std::string& text);

} // namespace sightline::vision
