#pragma once

#include "gstreamer/gst-pointer.h"

#include <string>

namespace sightline {

// Loads every element that the backend uses, so that the first stream does not pay for it.
// Returns the names that are missing, separated by spaces.
std::string loadElements();

// Whether there is such an element, and its plugin loads.
bool canLoad(const char* factory);

// Whether it can stand between a decoder and what follows: raw video in, raw video out.
bool canIntercept(const std::string& factory);

// A new floating element; the factories were checked at start.
GstElement* makeElement(const char* factory);

// Parses "a ! b"; the text is ours, so an error is a programming mistake and ends the process.
GstElement* parseBin(const std::string& description, bool ghostPads);

GObjectPointer<GstElement> childNamed(GstElement* bin, const char* name);
// The time that a picture pushed into a live appsrc gets; 0 until the appsrc plays. `do-timestamp`
// would ask the clock as soon as there is one, which is before the base time is set: the picture
// would be hours ahead, and the sink would wait for that hour.
GstClockTime runningTime(GstElement* element);

GObjectPointer<GstPad> padNamed(GstElement* element, const char* name);

} // namespace sightline
