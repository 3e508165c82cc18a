#include "stub-element.h"

#include "stub-log.h"

#include <deque>
#include <memory>

namespace stubs {

namespace {

struct StubInstance {
  GstBin parent;
  std::vector<GValue>* values;
  gboolean isPrepared;
};
struct StubClass {
  GstBinClass parent;
  const Element* element;
};

GstElementClass* parentClass = nullptr;

const Element& elementOf(gpointer instance) {
  return *reinterpret_cast<StubClass*>(G_OBJECT_GET_CLASS(instance))->element;
}

GType choiceType(const std::string& name, std::int64_t max) {
  // GLib keeps them for good.
  static std::deque<std::vector<GEnumValue>> tables;
  auto& entries = tables.emplace_back();
  for (std::int64_t value = 0; value <= max; ++value) {
    const char* text = g_intern_string(std::to_string(value).c_str());
    entries.push_back({static_cast<gint>(value), text, text});
  }
  entries.push_back({0, nullptr, nullptr});
  return g_enum_register_static(("Stub" + name).c_str(), entries.data());
}

GParamSpec* specFor(const std::string& element, const Property& property) {
  const auto flags =
      static_cast<GParamFlags>(G_PARAM_READWRITE | static_cast<int>(property.changeable));
  const char* name = property.name.c_str();
  switch (property.kind) {
  case Property::Kind::boolean:
    return g_param_spec_boolean(name, name, name, property.preset != 0, flags);
  case Property::Kind::integer:
    return g_param_spec_int(name, name, name, static_cast<gint>(property.min),
                            static_cast<gint>(property.max), static_cast<gint>(property.preset),
                            flags);
  case Property::Kind::unsignedInteger:
    return g_param_spec_uint(name, name, name, static_cast<guint>(property.min),
                             static_cast<guint>(property.max), static_cast<guint>(property.preset),
                             flags);
  case Property::Kind::text:
    return g_param_spec_string(name, name, name, nullptr, flags);
  case Property::Kind::choice:
    return g_param_spec_enum(name, name, name, choiceType(element + "-" + name, property.max),
                             static_cast<gint>(property.preset), flags);
  }
  return nullptr;
}

std::string textOf(const GValue* value) {
  GValue text = G_VALUE_INIT;
  g_value_init(&text, G_TYPE_STRING);
  g_value_transform(value, &text);
  const char* held = g_value_get_string(&text);
  std::string result = held != nullptr ? held : "";
  g_value_unset(&text);
  return result;
}

void setProperty(GObject* object, guint id, const GValue* value, GParamSpec* spec) {
  g_value_copy(value, &reinterpret_cast<StubInstance*>(object)->values->at(id - 1));
  record("set " + elementOf(object).name + " " + spec->name + " " + textOf(value));
}

void getProperty(GObject* object, guint id, GValue* value, GParamSpec*) {
  g_value_copy(&reinterpret_cast<StubInstance*>(object)->values->at(id - 1), value);
}

void finalize(GObject* object) {
  auto* values = reinterpret_cast<StubInstance*>(object)->values;
  for (GValue& value : *values) {
    g_value_unset(&value);
  }
  delete values;
  record("gone " + elementOf(object).name);
  G_OBJECT_CLASS(parentClass)->finalize(object);
}

GstPadProbeReturn onSinkEvent(GstPad*, GstPadProbeInfo* info, gpointer data) {
  auto* element = static_cast<GstElement*>(data);
  GstEvent* event = GST_PAD_PROBE_INFO_EVENT(info);
  const GstStructure* fields = gst_event_get_structure(event);
  // DeepStream's begin at 400.
  constexpr unsigned firstNumber = GST_EVENT_CUSTOM_DOWNSTREAM >> GST_EVENT_NUM_SHIFT;
  const unsigned number = GST_EVENT_TYPE(event) >> GST_EVENT_NUM_SHIFT;
  if (number < firstNumber || fields == nullptr) {
    return GST_PAD_PROBE_OK;
  }
  gchar* text = gst_structure_to_string(fields);
  const bool isBetween = GST_EVENT_IS_DOWNSTREAM(event) && GST_EVENT_IS_SERIALIZED(event);
  record("event " + elementOf(element).name + " " + std::to_string(number) +
         (isBetween ? " downstream serialized " : " ") + text);
  g_free(text);
  if (elementOf(element).onEvent != nullptr) {
    elementOf(element).onEvent(element, fields);
  }
  return GST_PAD_PROBE_OK;
}

void addGhost(GstElement* element, GstElement* content, const char* name) {
  GstPad* inner = gst_element_get_static_pad(content, name);
  GstPad* ghost = gst_ghost_pad_new(name, inner);
  gst_object_unref(inner);
  if (std::string(name) == "sink") {
    gst_pad_add_probe(ghost, GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, onSinkEvent, element, nullptr);
  }
  gst_element_add_pad(element, ghost);
}

void initInstance(GTypeInstance* instance, gpointer klass) {
  auto* stub = reinterpret_cast<StubInstance*>(instance);
  stub->values = new std::vector<GValue>();
  guint count = 0;
  GParamSpec** specs = g_object_class_list_properties(static_cast<GObjectClass*>(klass), &count);
  for (guint at = 0; at < count; ++at) {
    if (specs[at]->owner_type == G_TYPE_FROM_CLASS(klass)) {
      stub->values->push_back(G_VALUE_INIT);
    }
  }
  g_free(specs);
  const Element& element = *static_cast<StubClass*>(klass)->element;
  std::size_t place = 0;
  for (const Property& property : element.properties) {
    GParamSpec* spec =
        g_object_class_find_property(static_cast<GObjectClass*>(klass), property.name.c_str());
    if (spec != nullptr) {
      g_value_init(&stub->values->at(place), spec->value_type);
      g_param_value_set_default(spec, &stub->values->at(place));
      ++place;
    }
  }
  if (!element.content.empty()) {
    GstElement* content = gst_parse_bin_from_description(element.content.c_str(), TRUE, nullptr);
    gst_bin_add(GST_BIN(stub), content);
    addGhost(GST_ELEMENT(stub), content, "src");
    if (element.requestPads == nullptr) {
      addGhost(GST_ELEMENT(stub), content, "sink");
    }
  }
}

GstStateChangeReturn changeState(GstElement* element, GstStateChange change) {
  auto* stub = reinterpret_cast<StubInstance*>(element);
  const auto prepare = elementOf(element).prepare;
  if (change == GST_STATE_CHANGE_READY_TO_PAUSED && prepare != nullptr && !stub->isPrepared) {
    stub->isPrepared = TRUE;
    if (!prepare(element)) {
      return GST_STATE_CHANGE_FAILURE;
    }
  }
  return parentClass->change_state(element, change);
}

GstPad* requestPad(GstElement* element, GstPadTemplate* wanted, const gchar* name, const GstCaps*) {
  GstElement* funnel = gst_bin_get_by_name(GST_BIN(element), "funnel");
  GstPad* inner = gst_element_request_pad_simple(funnel, "sink_%u");
  GstPad* ghost = gst_ghost_pad_new_from_template(name, inner, wanted);
  gst_object_unref(inner);
  gst_object_unref(funnel);
  gst_pad_set_active(ghost, TRUE);
  gst_element_add_pad(element, ghost);
  record("pad " + elementOf(element).name + " " + std::string(name));
  return ghost;
}

void releasePad(GstElement* element, GstPad* pad) {
  GstElement* funnel = gst_bin_get_by_name(GST_BIN(element), "funnel");
  GstPad* inner = gst_ghost_pad_get_target(GST_GHOST_PAD(pad));
  record("release " + elementOf(element).name + " " + GST_OBJECT_NAME(pad));
  gst_element_remove_pad(element, pad);
  gst_element_release_request_pad(funnel, inner);
  gst_object_unref(inner);
  gst_object_unref(funnel);
}

void initClass(gpointer klass, gpointer data) {
  const auto& element = *static_cast<const Element*>(data);
  static_cast<StubClass*>(klass)->element = &element;
  parentClass = static_cast<GstElementClass*>(g_type_class_peek(GST_TYPE_BIN));
  auto* objectClass = static_cast<GObjectClass*>(klass);
  objectClass->set_property = setProperty;
  objectClass->get_property = getProperty;
  objectClass->finalize = finalize;
  guint id = 0;
  for (const Property& property : element.properties) {
    if (!isLacking(element.name + "." + property.name)) {
      g_object_class_install_property(objectClass, ++id, specFor(element.name, property));
    }
  }
  auto* elementClass = static_cast<GstElementClass*>(klass);
  elementClass->change_state = changeState;
  gst_element_class_set_static_metadata(elementClass, element.name.c_str(), "Generic",
                                        "stands in for DeepStream's", "Sightline");
  GstCaps* any = gst_caps_new_any();
  const auto addTemplate = [&](const char* name, GstPadDirection direction,
                               GstPadPresence presence) {
    gst_element_class_add_pad_template(elementClass,
                                       gst_pad_template_new(name, direction, presence, any));
  };
  if (element.requestPads != nullptr) {
    elementClass->request_new_pad = requestPad;
    elementClass->release_pad = releasePad;
    addTemplate(element.requestPads, GST_PAD_SINK, GST_PAD_REQUEST);
  }
  addTemplate("src", GST_PAD_SRC, GST_PAD_ALWAYS);
  gst_caps_unref(any);
}

} // namespace

std::string valueOf(GstElement* element, const char* property) {
  GValue value = G_VALUE_INIT;
  g_object_get_property(G_OBJECT(element), property, &value);
  const std::string text = textOf(&value);
  g_value_unset(&value);
  return text;
}

bool registerElement(GstPlugin* plugin, const Element& element) {
  if (isLacking(element.name)) {
    return true;
  }
  const GTypeInfo details{
      sizeof(StubClass),    nullptr, nullptr,      initClass, nullptr, new Element(element),
      sizeof(StubInstance), 0,       initInstance, nullptr};
  const GType type = g_type_register_static(GST_TYPE_BIN, ("Stub-" + element.name).c_str(),
                                            &details, GTypeFlags{});
  return gst_element_register(plugin, element.name.c_str(), GST_RANK_NONE, type);
}

} // namespace stubs
