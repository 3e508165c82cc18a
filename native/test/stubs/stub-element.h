// Elements under the names of DeepStream's, for machines without a GPU: bins of stock elements that
// have the properties of the real ones, and write down what is set on them and which custom events
// come in. What a picture looks like behind them is no evidence of anything.
#pragma once

#include <gst/gst.h>

#include <cstdint>
#include <string>
#include <vector>

namespace stubs {

struct Property {
  enum class Kind { boolean, integer, unsignedInteger, text, choice };

  std::string name;
  Kind kind = Kind::unsignedInteger;
  // Of numbers and choices.
  std::int64_t min = 0;
  std::int64_t max = G_MAXUINT;
  std::int64_t preset = 0;
  // GST_PARAM_MUTABLE_READY or GST_PARAM_MUTABLE_PLAYING, or nothing declared.
  unsigned changeable = 0;
};

// One element. It has the pads "sink" and "src" unless `prepare` makes others.
struct Element {
  std::string name;
  std::vector<Property> properties;
  // Between its pads, for gst-launch; empty when `prepare` fills the bin.
  std::string content;
  // Before it goes to PAUSED for the first time; false lets it fail.
  bool (*prepare)(GstElement* element) = nullptr;
  // Of a custom event.
  void (*onEvent)(GstElement* element, const GstStructure* event) = nullptr;
  const char* requestPads = nullptr;
};

// As text; of a property of the element.
std::string valueOf(GstElement* element, const char* property);

bool registerElement(GstPlugin* plugin, const Element& element);

// "stubtosystem", "stubtonvmm" and "stubtoany": pictures stay where they are, their caps say
// something else.
bool registerRelabels(GstPlugin* plugin);

} // namespace stubs
