#pragma once

#include <gst/gst.h>

#include <memory>

namespace sightline {

struct GstRelease {
  void operator()(gchar* text) const { g_free(text); }
  void operator()(GError* error) const { g_error_free(error); }
  void operator()(GstEvent* event) const { gst_event_unref(event); }
  void operator()(GstCaps* caps) const { gst_caps_unref(caps); }
  void operator()(GstSample* sample) const { gst_sample_unref(sample); }
  // Everything else here is a GObject.
  void operator()(gpointer object) const { g_object_unref(object); }
};

// Owns one reference.
template <class T>
using GObjectPointer = std::unique_ptr<T, GstRelease>;
using EventPointer = std::unique_ptr<GstEvent, GstRelease>;
using CapsPointer = std::unique_ptr<GstCaps, GstRelease>;
using SamplePointer = std::unique_ptr<GstSample, GstRelease>;
using ErrorPointer = std::unique_ptr<GError, GstRelease>;
using TextPointer = std::unique_ptr<gchar, GstRelease>;

} // namespace sightline
