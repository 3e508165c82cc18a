#include "deepstream/source-branch.h"

#include "deepstream/property.h"
#include "gstreamer/elements.h"
#include "gstreamer/recording-progress.h"
#include "pipeline/limits.h"

#include <gst/video/video.h>

#include <string_view>

namespace sightline::deepstream {

namespace {

constexpr std::string_view rtspScheme = "rtsp://";

// Of nvurisrcbin's select-rtp-protocol.
constexpr int rtpOverTcp = 4;
constexpr int rtpOverAny = 0;

std::string factoryName(GstElement* element) {
  const GstElementFactory* factory = gst_element_get_factory(element);
  return factory != nullptr ? GST_OBJECT_NAME(factory) : "";
}

} // namespace

SourceBranch::SourceBranch(int sourceId, const Admission& admission, const Context& context)
    : admission_(admission), context_(context),
      bin_(GST_ELEMENT(gst_object_ref_sink(gst_bin_new(nullptr)))) {
  if (admission.location.starts_with(rtspScheme)) {
    const std::size_t begin = rtspScheme.size();
    authority_ = admission.location.substr(begin, admission.location.find('/', begin) - begin);
  }
  GstElement* source = makeElement("nvurisrcbin");
  source_.reset(GST_ELEMENT(gst_object_ref(source)));
  converter_.reset(GST_ELEMENT(gst_object_ref(makeElement("nvvideoconvert"))));
  gst_bin_add_many(GST_BIN(bin_.get()), source, converter_.get(), nullptr);
  configureSource(source);
  setProperty(source, "source-id", sourceId);
  // Without it conv/* has no effect while there is nothing to convert.
  setProperty(converter_.get(), "disable-passthrough", 1);
  context_.controls.enter(Part::converter, converter_.get());
  gst_element_add_pad(bin_.get(), gst_ghost_pad_new("src", padNamed(addRest(), "src").get()));
  gst_pad_add_probe(
      padNamed(converter_.get(), "src").get(),
      static_cast<GstPadProbeType>(GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM),
      onShown, this, nullptr);
  g_signal_connect(source, "pad-added", G_CALLBACK(onPad), this);
  g_signal_connect(source, "deep-element-added", G_CALLBACK(onElement), this);
  g_signal_connect(source, "deep-element-removed", G_CALLBACK(onElementGone), this);
  handover_.give();
  attached_ = context_.graph.attach(bin_.get(), sourceId, context_.notes);
}

SourceBranch::~SourceBranch() {
  if (attached_) {
    context_.graph.detach(bin_.get());
  }
  handover_.takeBack();
  // The bin is taken apart when it goes, and would still say so.
  g_signal_handlers_disconnect_by_data(source_.get(), this);
  context_.controls.leaveAll();
}

std::optional<Progress> SourceBranch::progress() const {
  return progressOf(padNamed(converter_.get(), "sink").get());
}

GstElement* SourceBranch::append(GstElement* last, const char* factory) {
  GstElement* element = makeElement(factory);
  gst_bin_add(GST_BIN(bin_.get()), element);
  gst_element_link(last, element);
  return element;
}

GstElement* SourceBranch::addRest() {
  GstElement* last = converter_.get();
  // Plugins know neither NVMM nor what decoders give.
  for (const std::string& factory : context_.interception.factories()) {
    last = append(append(last, "videoconvert"), factory.c_str());
  }
  if (last != converter_.get()) {
    last = append(last, "nvvideoconvert");
  }
  if (authority_.empty()) {
    // Recordings at their own pace; the output takes pictures as they come.
    last = append(last, "identity");
    g_object_set(last, "sync", TRUE, nullptr);
  }
  return last;
}

void SourceBranch::configureSource(GstElement* source) {
  // Without credentials: they go to the element that needs them, and into no log.
  const TextPointer file(
      authority_.empty() ? gst_filename_to_uri(admission_.location.c_str(), nullptr) : nullptr);
  setProperty(source, "uri", file ? std::string(file.get()) : admission_.location);
  setProperty(source, "disable-audio", 1);
  setProperty(source, "latency", limits::rtspLatency.count());
  setProperty(source, "rtsp-reconnect-interval",
              context_.reconnection.interval.value_or(limits::rtspReconnectInterval).count());
  setProperty(source, "rtsp-reconnect-attempts", -1);
  setProperty(source, "select-rtp-protocol",
              admission_.url.scheme == SourceScheme::rtspu ? rtpOverAny : rtpOverTcp);
}

void SourceBranch::adopt(GstElement* element) {
  const std::string name = factoryName(element);
  if (name == "nvv4l2decoder") {
    context_.controls.enter(Part::decoder, element);
    gst_pad_add_probe(padNamed(element, "sink").get(), GST_PAD_PROBE_TYPE_BUFFER, onEncoded, this,
                      nullptr);
  } else if (name == "rtspsrc") {
    if (!admission_.url.user.empty()) {
      g_object_set(element, "user-id", admission_.url.user.c_str(), "user-pw",
                   admission_.url.password.c_str(), nullptr);
    }
    g_signal_connect(element, "before-send", G_CALLBACK(onSend), this);
  }
}

void SourceBranch::onElement(GstBin*, GstBin*, GstElement* element, gpointer self) {
  auto* branch = static_cast<SourceBranch*>(self);
  const Handover::Visit visit(branch->handover_);
  branch->adopt(element);
}

void SourceBranch::onElementGone(GstBin*, GstBin*, GstElement* element, gpointer self) {
  auto* branch = static_cast<SourceBranch*>(self);
  const Handover::Visit visit(branch->handover_);
  branch->context_.controls.leave(Part::decoder, element);
}

// As in software/rtsp-source.cpp: a redirection would lead past the source rule.
gboolean SourceBranch::onSend(GstElement* rtspsrc, GstRTSPMessage*, gpointer self) {
  auto* branch = static_cast<SourceBranch*>(self);
  const Handover::Visit visit(branch->handover_);
  gchar* location = nullptr;
  g_object_get(rtspsrc, "location", &location, nullptr);
  const TextPointer owned(location);
  const std::string root = std::string(rtspScheme) + branch->authority_ + "/";
  if (location == nullptr || !std::string_view(location).starts_with(root)) {
    branch->context_.notes.push(
        {Note::Kind::sourceError,
         {stream_code::forbidden, "the source redirects to another address"}});
    return FALSE;
  }
  return TRUE;
}

void SourceBranch::onPad(GstElement*, GstPad* pad, gpointer self) {
  auto* branch = static_cast<SourceBranch*>(self);
  const Handover::Visit visit(branch->handover_);
  const TextPointer name(gst_pad_get_name(pad));
  const auto sink = padNamed(branch->converter_.get(), "sink");
  // "vsrc_%u"; there is audio, too.
  if (!std::string_view(name.get()).starts_with("v") || gst_pad_is_linked(sink.get())) {
    return;
  }
  if (branch->authority_.empty()) {
    // A recording begins at 0, and here it is later.
    gst_pad_set_offset(pad, static_cast<gint64>(runningTime(branch->bin_.get())));
  }
  gst_pad_link(pad, sink.get());
}

GstPadProbeReturn SourceBranch::onEncoded(GstPad*, GstPadProbeInfo* info, gpointer self) {
  auto* branch = static_cast<SourceBranch*>(self);
  const Handover::Visit visit(branch->handover_);
  branch->context_.meter.received(gst_buffer_get_size(GST_PAD_PROBE_INFO_BUFFER(info)));
  return GST_PAD_PROBE_OK;
}

GstPadProbeReturn SourceBranch::onShown(GstPad* pad, GstPadProbeInfo* info, gpointer self) {
  auto* branch = static_cast<SourceBranch*>(self);
  const Handover::Visit visit(branch->handover_);
  const Context& context = branch->context_;
  if ((GST_PAD_PROBE_INFO_TYPE(info) & GST_PAD_PROBE_TYPE_BUFFER) != 0) {
    context.interception.pushInto(pad);
    const bool isPaced = branch->authority_.empty();
    context.meter.decoded(isPaced ? earliness(pad, GST_PAD_PROBE_INFO_BUFFER(info))
                                  : std::chrono::milliseconds(0));
    if (branch->firstFrame_.exchange(false)) {
      context.notes.push({Note::Kind::firstFrame, {}});
    }
    return GST_PAD_PROBE_OK;
  }
  GstEvent* event = GST_PAD_PROBE_INFO_EVENT(info);
  if (GST_EVENT_TYPE(event) == GST_EVENT_CAPS) {
    GstCaps* caps = nullptr;
    gst_event_parse_caps(event, &caps);
    const GstStructure* picture = gst_caps_get_structure(caps, 0);
    int width = 0;
    int height = 0;
    gst_structure_get_int(picture, "width", &width);
    gst_structure_get_int(picture, "height", &height);
    context.meter.sized(width, height);
  } else if (GST_EVENT_TYPE(event) == GST_EVENT_EOS) {
    context.notes.push({Note::Kind::sourceEos, {}});
  }
  return GST_PAD_PROBE_OK;
}

} // namespace sightline::deepstream
