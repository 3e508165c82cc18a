// What DeepStream can do on this machine: which of its elements are there, and which settings they
// take while they run.
#pragma once

#include "deepstream/property.h"
#include "pipeline/backend-setup.h"
#include "pipeline/control.h"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace sightline::deepstream {

// What a setting can be carried out by. One of each is in the graph, but for the first two, of
// which each stream has one.
enum class Part { decoder, converter, mux, preprocess, infer, tracker, analytics, osd, encoder };
const char* factoryOf(Part part, const BackendSetup& setup);

bool isInGraph(Part part, const BackendSetup& setup);
bool canEncode(VideoCodec codec);

using CanLoad = std::function<bool(const char*)>;
// All that a graph of any kind is made of, so that a machine has the whole of DeepStream or none.
std::vector<const char*> requiredElements(const BackendSetup& setup);
// Those that are missing or do not load, separated by spaces; empty: DeepStream is here.
std::string missingElements(const BackendSetup& setup, const CanLoad& canLoad);
// "nvinfer 7.1.0 (libnvdsgst_infer.so), …" of those that are there.
std::string foundVersions(const BackendSetup& setup);

// How a control is carried out.
struct ControlTarget {
  ControlEntry entry;
  Part part = Part::decoder;
  // Empty: by the event of that name.
  std::string property;
};

// Nothing when the graph of this setup has no such control.
std::optional<ControlTarget> findControl(const BackendSetup& setup, const std::string& name);
std::vector<ControlEntry> listControls(const BackendSetup& setup);

// The name in the list, and the value for those that are properties.
struct PropertyChange {
  std::string control;
  PropertyValue value;
};
std::string controlName(const StreamSetting& setting);
std::string controlName(const HostSetting& setting);
std::optional<PropertyChange> propertyFor(const StreamSetting& setting);
std::optional<PropertyChange> propertyFor(const HostSetting& setting);

} // namespace sightline::deepstream
