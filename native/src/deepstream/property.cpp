#include "deepstream/property.h"

#include "gstreamer/gst-pointer.h"

#include <memory>

namespace sightline::deepstream {

namespace {

struct ClassRelease {
  void operator()(GObjectClass* klass) const { g_type_class_unref(klass); }
};

// A GValue of the property's own type.
class TypedValue {
 public:
  explicit TypedValue(GType type) { g_value_init(&value_, type); }
  ~TypedValue() { g_value_unset(&value_); }
  TypedValue(const TypedValue&) = delete;
  TypedValue& operator=(const TypedValue&) = delete;

  GValue* get() { return &value_; }

 private:
  GValue value_ = G_VALUE_INIT;
};

bool fill(GValue* target, std::int64_t number) {
  TypedValue source(G_TYPE_INT64);
  g_value_set_int64(source.get(), number);
  // GLib has no way from 64 bits to enums.
  if (G_VALUE_HOLDS_ENUM(target)) {
    g_value_set_enum(target, static_cast<gint>(number));
    return true;
  }
  return g_value_transform(source.get(), target);
}

bool fill(GValue* target, const std::string& text) {
  if (!G_VALUE_HOLDS_STRING(target)) {
    return false;
  }
  g_value_set_string(target, text.c_str());
  return true;
}

// False when it cannot be a value of this property.
bool fill(GValue* target, GParamSpec* spec, const PropertyValue& value) {
  return std::visit([&](const auto& given) { return fill(target, given); }, value) &&
         // GObject would clamp what is out of range, and say nothing.
         !g_param_value_validate(spec, target);
}

// Null when there is no such property. Loads the plugin.
GParamSpec* specOf(const char* factory, const char* property) {
  const GObjectPointer<GstElementFactory> found(gst_element_factory_find(factory));
  const GObjectPointer<GstPluginFeature> loaded(
      found ? gst_plugin_feature_load(GST_PLUGIN_FEATURE(found.get())) : nullptr);
  if (!loaded) {
    return nullptr;
  }
  const GType type = gst_element_factory_get_element_type(GST_ELEMENT_FACTORY(loaded.get()));
  const std::unique_ptr<GObjectClass, ClassRelease> klass(
      static_cast<GObjectClass*>(g_type_class_ref(type)));
  // Lives on with the class, which GObject never unloads.
  return g_object_class_find_property(klass.get(), property);
}

} // namespace

bool setProperty(GstElement* element, const char* name, const PropertyValue& value) {
  GParamSpec* spec = g_object_class_find_property(G_OBJECT_GET_CLASS(element), name);
  if (spec == nullptr || (spec->flags & G_PARAM_WRITABLE) == 0) {
    return false;
  }
  TypedValue wanted(spec->value_type);
  if (!fill(wanted.get(), spec, value)) {
    return false;
  }
  // A crop may be held as it was clamped to the picture; a number is held or it is not.
  if (G_VALUE_HOLDS_STRING(wanted.get()) || (spec->flags & G_PARAM_READABLE) == 0) {
    g_object_set_property(G_OBJECT(element), name, wanted.get());
    return true;
  }
  TypedValue before(spec->value_type);
  TypedValue held(spec->value_type);
  g_object_get_property(G_OBJECT(element), name, before.get());
  g_object_set_property(G_OBJECT(element), name, wanted.get());
  g_object_get_property(G_OBJECT(element), name, held.get());
  if (g_param_values_cmp(spec, wanted.get(), held.get()) == 0) {
    return true;
  }
  g_object_set_property(G_OBJECT(element), name, before.get());
  return false;
}

std::optional<std::int64_t> readNumber(GstElement* element, const char* name) {
  GParamSpec* spec = g_object_class_find_property(G_OBJECT_GET_CLASS(element), name);
  if (spec == nullptr || (spec->flags & G_PARAM_READABLE) == 0) {
    return std::nullopt;
  }
  TypedValue held(spec->value_type);
  TypedValue number(G_TYPE_INT64);
  g_object_get_property(G_OBJECT(element), name, held.get());
  return g_value_transform(held.get(), number.get())
             ? std::optional<std::int64_t>(g_value_get_int64(number.get()))
             : std::nullopt;
}

bool fits(const char* factory, const char* property, const PropertyValue& value) {
  GParamSpec* spec = specOf(factory, property);
  if (spec == nullptr) {
    return false;
  }
  TypedValue wanted(spec->value_type);
  return fill(wanted.get(), spec, value);
}

bool hasProperty(const char* factory, const char* property) {
  return specOf(factory, property) != nullptr;
}

bool isChangeable(const char* factory, const char* property) {
  const GParamSpec* spec = specOf(factory, property);
  if (spec == nullptr) {
    return false;
  }
  const bool onlyBefore =
      (spec->flags & (GST_PARAM_MUTABLE_READY | GST_PARAM_MUTABLE_PAUSED)) != 0 &&
      (spec->flags & GST_PARAM_MUTABLE_PLAYING) == 0;
  return !onlyBefore;
}

} // namespace sightline::deepstream
