#include "deepstream/graph.h"

#include "deepstream/property.h"
#include "deepstream/source-error.h"
#include "gstreamer/access-unit.h"
#include "gstreamer/elements.h"
#include "pipeline/clock.h"
#include "pipeline/limits.h"
#include "pipeline/log.h"
#include "pipeline/url.h"

#include <cmath>

namespace sightline::deepstream {

namespace {

// Where DeepStream's installer puts its tracker; nvtracker does not look for it.
constexpr auto trackerLibrary =
    "/opt/nvidia/deepstream/deepstream/lib/libnvds_nvmultiobjecttracker.so";

std::string errorText(GstMessage* message) {
  GError* raised = nullptr;
  gst_message_parse_error(message, &raised, nullptr);
  const ErrorPointer error(raised);
  return redactUrls(error->message);
}

bool isIdr(VideoCodec codec, GstSample* sample) {
  GstMapInfo map;
  if (!gst_buffer_map(gst_sample_get_buffer(sample), &map, GST_MAP_READ)) {
    return false;
  }
  const bool idr = readAccessUnit(codec, map.data, map.size).key;
  gst_buffer_unmap(gst_sample_get_buffer(sample), &map);
  return idr;
}

// Of the batched pictures and of the tiled output.
PictureSize sizeOf(const BackendSetup& setup) {
  constexpr PictureSize usual{1280, 720};
  return setup.outputSize.isSet() ? setup.outputSize : usual;
}

// What this version does not have, it has its own default for.
void setIfThere(GstElement* element, const char* name, const PropertyValue& value) {
  if (!setProperty(element, name, value)) {
    logInfo("deepstream", std::string("goes on without ") + name + " of " +
                              GST_OBJECT_NAME(gst_element_get_factory(element)));
  }
}

} // namespace

std::vector<std::string> chainOf(const BackendSetup& setup) {
  std::vector<std::string> chain{"nvstreammux"};
  for (const Part part : {Part::preprocess, Part::infer, Part::tracker, Part::analytics}) {
    if (isInGraph(part, setup)) {
      chain.push_back(factoryOf(part, setup));
    }
  }
  // nvdsosd draws on the CPU in RGBA only, and the encoder does not take that.
  chain.insert(chain.end(), {"nvmultistreamtiler", "nvvideoconvert", "nvdsosd"});
  if (isInGraph(Part::encoder, setup)) {
    chain.insert(chain.end(), {"nvvideoconvert", factoryOf(Part::encoder, setup)});
  }
  return chain;
}

Graph::Graph(const BackendSetup& setup, Deliver deliver, Restarted restarted)
    : setup_(setup), deliver_(std::move(deliver)), restarted_(std::move(restarted)),
      pipeline_(GST_ELEMENT(gst_object_ref_sink(gst_pipeline_new(nullptr)))) {
  build();
  const GObjectPointer<GstBus> bus(gst_element_get_bus(pipeline_.get()));
  gst_bus_set_sync_handler(bus.get(), onMessage, this, nullptr);
}

Graph::~Graph() {
  gst_element_set_state(pipeline_.get(), GST_STATE_NULL);
  arrivals_.clear();
  handover_.takeBack();
}

GstElement* Graph::add(const char* factory) {
  GstElement* element = makeElement(factory);
  gst_bin_add(GST_BIN(pipeline_.get()), element);
  if (last_ != nullptr) {
    gst_element_link(last_, element);
  }
  last_ = element;
  return element;
}

void Graph::addCaps(const std::string& text) {
  const CapsPointer caps(gst_caps_from_string(text.c_str()));
  g_object_set(add("capsfilter"), "caps", caps.get(), nullptr);
}

void Graph::build() {
  const PictureSize size = sizeOf(setup_);
  bool drawn = false;
  for (const std::string& name : chainOf(setup_)) {
    GstElement* element = add(name.c_str());
    for (const Part part : {Part::mux, Part::preprocess, Part::infer, Part::tracker,
                            Part::analytics, Part::osd, Part::encoder}) {
      if (name == factoryOf(part, setup_)) {
        configure(part, element);
      }
    }
    if (name == "nvmultistreamtiler") {
      const auto edge = std::lround(std::ceil(std::sqrt(setup_.maxSources)));
      setIfThere(element, "rows", edge);
      setIfThere(element, "columns", edge);
      setIfThere(element, "width", size.width);
      setIfThere(element, "height", size.height);
    } else if (name == "nvvideoconvert") {
      addCaps(std::string("video/x-raw(memory:NVMM),format=") + (drawn ? "NV12" : "RGBA"));
      drawn = true;
    }
  }
  if (isInGraph(Part::encoder, setup_)) {
    buildOutput();
  } else {
    g_object_set(add("fakesink"), "sync", FALSE, "async", FALSE, nullptr);
  }
}

void Graph::buildOutput() {
  const std::string codec = codecName(setup_.codec);
  add((codec + "parse").c_str());
  g_object_set(last_, "config-interval", -1, nullptr);
  addCaps("video/x-" + codec + ",stream-format=byte-stream,alignment=au");
  GstElement* output = add("appsink");
  g_object_set(output, "sync", FALSE, "async", FALSE, "wait-on-eos", FALSE, "max-buffers", 8,
               nullptr);
  GstAppSinkCallbacks callbacks{};
  callbacks.new_sample = onEncoded;
  gst_app_sink_set_callbacks(GST_APP_SINK(output), &callbacks, this, nullptr);
}

void Graph::configure(Part part, GstElement* element) {
  const PictureSize size = sizeOf(setup_);
  parts_[part] = element;
  if (part != Part::mux) {
    arrivals_[part] = std::make_unique<Arrival>(element);
  }
  switch (part) {
  case Part::mux:
    setIfThere(element, "batch-size", setup_.maxSources);
    setIfThere(element, "width", size.width);
    setIfThere(element, "height", size.height);
    setIfThere(element, "live-source", setup_.liveSource ? 1 : 0);
    setIfThere(element, "batched-push-timeout",
               setup_.batchedPushTimeout ? setup_.batchedPushTimeout->microseconds
                                         : limits::muxPushTimeout.count());
    // Else the end of the last source ends the pipeline for good.
    setIfThere(element, "drop-pipeline-eos", 1);
    break;
  case Part::preprocess:
    setIfThere(element, "config-file", *setup_.elementFiles.preprocess);
    break;
  case Part::infer:
    setIfThere(element, "config-file-path", *setup_.elementFiles.infer);
    setIfThere(element, "batch-size", setup_.maxSources);
    if (parts_.contains(Part::preprocess)) {
      setIfThere(element, "input-tensor-meta", 1);
    }
    break;
  case Part::tracker:
    setIfThere(element, "ll-lib-file", trackerLibrary);
    setIfThere(element, "ll-config-file", *setup_.elementFiles.tracker);
    break;
  case Part::analytics:
    setIfThere(element, "config-file", *setup_.elementFiles.analytics);
    break;
  case Part::osd:
    if (setup_.osdProcessor) {
      setIfThere(element, "process-mode", setup_.osdProcessor == OsdProcessor::gpu ? 1 : 0);
    }
    setIfThere(element, "display-text", setup_.labels ? 1 : 0);
    break;
  case Part::encoder:
    setIfThere(element, "bitrate", limits::encoderBitrate);
    setIfThere(element, "iframeinterval", limits::keyFramePictures);
    setIfThere(element, "idrinterval", limits::keyFramePictures);
    setIfThere(element, "insert-sps-pps", 1);
    break;
  default:
    break;
  }
}

bool Graph::start() {
  handover_.give();
  if (gst_element_set_state(pipeline_.get(), GST_STATE_PLAYING) != GST_STATE_CHANGE_FAILURE) {
    return true;
  }
  const std::lock_guard lock(mutex_);
  failure_ = failure_.empty() ? "an element does not start" : failure_;
  return false;
}

std::string Graph::failure() const {
  const std::lock_guard lock(mutex_);
  return failure_;
}

bool Graph::attach(GstElement* branch, int sourceId, NoteQueue& notes) {
  if (!reserve(sourceId)) {
    return false;
  }
  const std::lock_guard attaching(attachMutex_);
  const bool isPlaying = failure().empty() || restart();
  GObjectPointer<GstPad> pad(
      isPlaying ? gst_element_request_pad_simple(part(Part::mux),
                                                 ("sink_" + std::to_string(sourceId)).c_str())
                : nullptr);
  gst_bin_add(GST_BIN(pipeline_.get()), branch);
  const bool isLinked =
      pad && gst_pad_link(padNamed(branch, "src").get(), pad.get()) == GST_PAD_LINK_OK;
  {
    const std::lock_guard lock(mutex_);
    branches_[branch] = {sourceId, std::move(pad), &notes};
  }
  if (!isLinked) {
    detach(branch);
    return false;
  }
  gst_element_sync_state_with_parent(branch);
  return true;
}

bool Graph::reserve(int sourceId) {
  std::unique_lock lock(mutex_);
  return left_.wait_for(lock, limits::firstFrameTimeout, [&] {
    return !reserved_.contains(sourceId);
  }) && reserved_.insert(sourceId).second;
}

// Without the lock: threads that are stopped here may want to report something.
bool Graph::restart() {
  {
    const std::lock_guard lock(mutex_);
    if (!branches_.empty()) {
      return false;
    }
  }
  logInfo("deepstream", "starting the pipeline again");
  gst_element_set_state(pipeline_.get(), GST_STATE_NULL);
  {
    const std::lock_guard lock(mutex_);
    failure_.clear();
  }
  restartedMs_ = monotonicMs();
  gst_pad_add_probe(padNamed(last_, "sink").get(), GST_PAD_PROBE_TYPE_BUFFER, onPicture, this,
                    nullptr);
  return start();
}

void Graph::detach(GstElement* branch) {
  GObjectPointer<GstPad> pad;
  {
    const std::lock_guard lock(mutex_);
    const auto place = branches_.find(branch);
    if (place == branches_.end()) {
      return;
    }
    pad = std::move(place->second.muxPad);
    place->second.notes = nullptr;
  }
  // In the order of DeepStream's own sample: nothing may be on its way into a pad that goes.
  gst_element_set_state(branch, GST_STATE_NULL);
  if (pad) {
    gst_pad_send_event(pad.get(), gst_event_new_flush_stop(FALSE));
    gst_element_release_request_pad(part(Part::mux), pad.get());
  }
  gst_bin_remove(GST_BIN(pipeline_.get()), branch);
  const std::lock_guard lock(mutex_);
  reserved_.erase(branches_.at(branch).sourceId);
  branches_.erase(branch);
  left_.notify_all();
}

bool Graph::send(Part part, EventPointer event) {
  const auto arrival = arrivals_.find(part);
  // Elements keep back what comes before their first caps; then it would be done much later.
  if (arrival == arrivals_.end() || !event ||
      !gst_pad_has_current_caps(padNamed(parts_.at(part), "sink").get())) {
    return false;
  }
  if (!sendTurn_.try_acquire_for(limits::eventArrival)) {
    return false;
  }
  arrival->second->expect(gst_event_get_seqnum(event.get()));
  const bool hasArrived =
      gst_pad_push_event(padNamed(parts_.at(Part::mux), "src").get(), event.release()) &&
      arrival->second->wait(limits::eventArrival);
  sendTurn_.release();
  return hasArrived;
}

GstElement* Graph::part(Part part) const {
  const auto found = parts_.find(part);
  return found == parts_.end() ? nullptr : found->second;
}

void Graph::report(GstMessage* message) {
  const std::lock_guard lock(mutex_);
  for (auto& [branch, place] : branches_) {
    if (gst_object_has_as_ancestor(GST_MESSAGE_SRC(message), GST_OBJECT(branch))) {
      if (place.notes != nullptr) {
        place.notes->push({Note::Kind::sourceError, classify(message)});
      }
      return;
    }
  }
  const std::string text = errorText(message);
  logError("deepstream", "the pipeline failed: " + text);
  failure_ = text.empty() ? "unknown" : text;
  for (auto& [branch, place] : branches_) {
    if (place.notes != nullptr) {
      place.notes->push(
          {Note::Kind::pipelineError,
           {stream_code::unreachable, "the pipeline of all streams failed: " + text}});
    }
  }
}

GstBusSyncReply Graph::onMessage(GstBus*, GstMessage* message, gpointer self) {
  auto* graph = static_cast<Graph*>(self);
  const Handover::Visit visit(graph->handover_);
  if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR) {
    graph->report(message);
  }
  gst_message_unref(message);
  return GST_BUS_DROP;
}

GstPadProbeReturn Graph::onPicture(GstPad*, GstPadProbeInfo*, gpointer self) {
  auto* graph = static_cast<Graph*>(self);
  const Handover::Visit visit(graph->handover_);
  graph->restarted_();
  return GST_PAD_PROBE_REMOVE;
}

GstFlowReturn Graph::onEncoded(GstAppSink* sink, gpointer self) {
  auto* graph = static_cast<Graph*>(self);
  const Handover::Visit visit(graph->handover_);
  const SamplePointer sample(gst_app_sink_try_pull_sample(sink, 0));
  if (sample) {
    const bool idr = isIdr(graph->setup_.codec, sample.get());
    graph->idrFrames_ += idr ? 1 : 0;
    graph->deliver_(sample.get(), idr);
  }
  return GST_FLOW_OK;
}

} // namespace sightline::deepstream
