#include "deepstream/backend.h"
#include "support/process.h"
#include "support/stub-deepstream.h"

#include <doctest/doctest.h>

#include <set>

using namespace sightline;
using namespace sightline::deepstream;
using test::waitFor;

TEST_SUITE_BEGIN("deepstream");

namespace {

constexpr auto pictures = "rtsp://127.0.0.1:9/pictures";

BackendSetup wholeSetup() {
  const std::string file = test::writeFile("config", "");
  BackendSetup setup;
  setup.analyticsDir = file.substr(0, file.rfind('/'));
  setup.maxSources = 4;
  setup.outputSize = {320, 180};
  setup.elementFiles.preprocess = setup.elementFiles.infer = setup.elementFiles.tracker =
      setup.elementFiles.analytics = file;
  return setup;
}

// A backend of stubs with a stream that shows pictures.
class Box {
 public:
  explicit Box(const BackendSetup& setup = wholeSetup()) {
    test::loadStubs();
    backend_ = Backend::start(setup, {rule_, events_, *rtsp_});
    REQUIRE(backend_ != nullptr);
    REQUIRE(backend_->add({"door", "Door", pictures, "req"}).result == AddResult::added);
    REQUIRE(waitFor([&] { return backend_->streams().front().output.idrFrames > 0; }));
  }

  Backend& backend() { return *backend_; }
  const test::StubLog& log() const { return log_; }

 private:
  test::StubLog log_;
  SourceRule rule_{{*AllowedSource::parse("127.0.0.1:9")}, std::nullopt};
  EventLog events_{100};
  std::unique_ptr<RtspServer> rtsp_ = RtspServer::listen(0);
  std::unique_ptr<Backend> backend_;
};

struct Example {
  StreamSetting setting;
  std::string control;
  // What the element that owns it writes down.
  std::string line;
};

const std::vector<Example>& examples() {
  static const std::string event = " downstream serialized ";
  static const std::string trackerFile = test::writeFile("tracker.yml", "");
  static const std::vector<Example> all{
      {DropFrameInterval{2}, "drop-frame-interval", "set nvv4l2decoder drop-frame-interval 2"},
      {SkipFrames{SkippedFrames::nonKey}, "skip-frames", "set nvv4l2decoder skip-frames 2"},
      {LowLatencyMode{true}, "low-latency-mode", "set nvv4l2decoder low-latency-mode TRUE"},
      {SourceCrop{{200, 100, 40, 50}}, "srccrop", "set nvvideoconvert src-crop 200:100:40:50"},
      {DestinationCrop{{1, 2, 3, 4}}, "destcrop", "set nvvideoconvert dest-crop 1:2:3:4"},
      {FlipMethod{2}, "flip-method", "set nvvideoconvert flip-method 2"},
      {InterpolationMethod{5}, "interpolation-method", "set nvvideoconvert interpolation-method 5"},
      {Rois{{{"gate", {10, 20, 30, 40}}, {"7", {50, 60, 70, 80}}}}, "roi",
       "event nvdspreprocess 406" + event +
           "nv-roi-update, stream_id=(string)0, roi-count=(uint)2, roi_id_0=(string)gate, "
           "left_0=(uint)10, top_0=(uint)20, width_0=(uint)30, height_0=(uint)40, "
           "roi_id_1=(string)7, left_1=(uint)50, top_1=(uint)60, width_1=(uint)70, "
           "height_1=(uint)80;"},
      {InferInterval{3}, "infer-interval",
       "event nvinfer 407" + event +
           "nv-infer-interval-update, stream_id=(string)0, interval=(uint)3;"},
      {OsdProcessMode{OsdProcessor::gpu}, "osd-process-mode",
       "event nvdsosd 408" + event +
           "nv-osd-process-mode-update, stream_id=(string)0, process_mode=(uint)1;"},
      {OsdProcessMode{OsdProcessor::cpu}, "osd-process-mode",
       "event nvdsosd 408" + event +
           "nv-osd-process-mode-update, stream_id=(string)0, process_mode=(uint)0;"},
      {TrackerConfig{trackerFile}, "tracker-config",
       "event nvtracker 410" + event +
           "nv-tracker-config-update, stream_id=(string)0, config_path=(string)" + trackerFile +
           ";"},
      {EncoderBitrate{300'000}, "bitrate",
       "event nvv4l2h264enc 503" + event +
           "nv-enc-bitrate-update, stream_id=(string)0, bitrate=(uint)300000;"},
      {IframeInterval{50}, "iframe-interval",
       "event nvv4l2h264enc 506" + event +
           "nv-enc-iframeinterval-update, stream_id=(string)0, interval=(uint)50;"}};
  return all;
}

std::set<std::string> controlsOf(const Control& control) {
  std::set<std::string> names;
  for (const ControlEntry& entry : control.about().controls) {
    names.insert(entry.name);
  }
  return names;
}

} // namespace

TEST_CASE("each setting reaches the element that owns it, in DeepStream's own words") {
  Box box;
  const std::set<std::string> controls = controlsOf(box.backend());
  for (const Example& example : examples()) {
    CAPTURE(example.line);
    CHECK(controls.contains(example.control));
    CHECK(box.log().count(example.line) == 0);
    CHECK(box.backend().set(SetOnStream{0, example.setting, "req"}) == ChangeResult::done);
    CHECK(box.log().count(example.line) == 1);
  }
  const auto hostSetting = [&](const HostSetting& setting, const std::string& line) {
    CAPTURE(line);
    CHECK(box.backend().set(SetOnHost{setting, "req"}) == ChangeResult::done);
    CHECK(box.log().count(line) == 1);
  };
  hostSetting(BatchedPushTimeout{-1}, "set nvstreammux batched-push-timeout -1");
  hostSetting(MuxMaxLatency{5000}, "set nvstreammux max-latency 5000");
  hostSetting(AnalyticsReload{}, "event nvdsanalytics 409 downstream serialized "
                                 "nv-analytics-reload_config-update, config_file_path=(string)");
  CHECK(box.backend().force({0, KeyFrame::idr, "req"}) == ChangeResult::done);
  CHECK(box.log().count("event nvv4l2h264enc 504 downstream serialized nv-enc-force-idr, "
                        "stream_id=(string)0, force=(int)1;") == 1);
  CHECK(box.backend().force({0, KeyFrame::intra, "req"}) == ChangeResult::done);
  CHECK(box.log().count("event nvv4l2h264enc 505 downstream serialized nv-enc-force-intra, "
                        "stream_id=(string)0, force=(int)1;") == 1);
}

TEST_CASE("what was set on DeepStream's elements is shown as applied") {
  Box box;
  for (const Example& example : examples()) {
    REQUIRE(box.backend().set(SetOnStream{0, example.setting, "req"}) == ChangeResult::done);
  }
  const AppliedSettings applied = box.backend().streams().front().applied;
  CHECK(applied.dropFrameInterval == 2);
  CHECK(applied.skipFrames == SkippedFrames::nonKey);
  CHECK(applied.lowLatencyMode);
  CHECK(words(applied.sourceCrop) == "200:100:40:50");
  CHECK(words(applied.destinationCrop) == "1:2:3:4");
  CHECK(applied.flipMethod == 2);
  CHECK(applied.interpolationMethod == 5);
  CHECK(applied.bitrate == 300'000);
  CHECK(applied.iframeInterval == 50);
  CHECK(applied.detectors.kinds.empty());
  CHECK(applied.detectors.trackerConfig.ends_with("/tracker.yml"));
}

TEST_CASE("what nvstreammux is set to is shown, as far as it tells") {
  BackendSetup setup = wholeSetup();
  setup.batchedPushTimeout = BatchedPushTimeout{40'000};
  Box box(setup);
  REQUIRE(box.backend().shared());
  CHECK(box.backend().shared()->batchedPushTimeout.microseconds == 40'000);
  CHECK(box.backend().shared()->maxLatency.nanoseconds == 0);
  box.backend().set(SetOnHost{BatchedPushTimeout{-1}, "req"});
  box.backend().set(SetOnHost{MuxMaxLatency{4294967295}, "req"});
  CHECK(box.backend().shared()->batchedPushTimeout.microseconds == -1);
  CHECK(box.backend().shared()->maxLatency.nanoseconds == 4294967295);
  GstElement* mux = gst_element_factory_make("nvstreammux", nullptr);
  CHECK(readNumber(mux, "no-such-property") == std::nullopt);
  gst_object_unref(mux);
}

TEST_CASE("of DeepStream's one output the I-frames can be set, and nothing else") {
  Box box;
  const std::string event =
      "event nvv4l2h264enc 506 downstream serialized nv-enc-iframeinterval-update, "
      "stream_id=(string)0, interval=(uint)";
  const auto set = [&](const SetOutput& request) { return box.backend().set(request).result; };
  CHECK(set({"door", {}, IframeInterval{7}, {}, "req"}) == OutputResult::done);
  CHECK(box.log().count(event + "7;") == 1);
  CHECK(box.backend().streams().front().applied.iframeInterval == 7);
  CHECK(set({"door", VideoCodec::h265, IframeInterval{8}, {}, "req"}) == OutputResult::unsupported);
  CHECK(set({"door", {}, IframeInterval{8}, "a.mkv", "req"}) == OutputResult::unsupported);
  CHECK(set({"gate", {}, IframeInterval{8}, {}, "req"}) == OutputResult::unknownStream);
  CHECK(box.backend().streams().front().applied.iframeInterval == 7);
  CHECK(set({"door", {}, IframeInterval{}, {}, "req"}) == OutputResult::done);
  CHECK(box.log().count(event + std::to_string(limits::keyFramePictures) + ";") == 1);
  CHECK(box.log().count(event) == 2);
  CHECK_FALSE(box.backend().streams().front().applied.iframeInterval);
}

TEST_CASE("a stream that is not there is unknown to DeepStream's every setting") {
  Box box;
  for (const Example& example : examples()) {
    CHECK(box.backend().set(SetOnStream{1, example.setting, "req"}) == ChangeResult::unknownSource);
  }
  CHECK(box.backend().force({1, KeyFrame::idr, "req"}) == ChangeResult::unknownSource);
  CHECK(box.log().count("event ") == 0);
}

TEST_CASE("what has no element in the graph is neither listed nor done") {
  BackendSetup setup = wholeSetup();
  setup.elementFiles.preprocess = setup.elementFiles.infer = setup.elementFiles.tracker =
      setup.elementFiles.analytics = std::nullopt;
  Box box(setup);
  const std::set<std::string> controls = controlsOf(box.backend());
  const std::vector<StreamSetting> absent{Rois{{{"0", {0, 0, 1, 1}}}}, InferInterval{1},
                                          TrackerConfig{"/a"}, EncoderCodec{VideoCodec::h265},
                                          Detectors{}};
  for (const StreamSetting& setting : absent) {
    CAPTURE(describe(setting));
    CHECK_FALSE(controls.contains(controlName(setting)));
    CHECK(box.backend().set(SetOnStream{0, setting, "req"}) == ChangeResult::unsupported);
  }
  CHECK_FALSE(controls.contains("analytics-reload"));
  CHECK(box.backend().set(SetOnHost{AnalyticsReload{}, "req"}) == ChangeResult::unsupported);
  CHECK(box.log().count("event ") == 0);
  CHECK(controls.contains("bitrate"));
  CHECK(box.backend().send({0, nullptr, false, "req"}) == SendResult::unsupported);
  CHECK(box.backend().snapshot("door").result == SnapshotResult::noFrame);
  CHECK(box.backend().snapshot("gate").result == SnapshotResult::unknownStream);
}

TEST_CASE("an event that no element can take yet is refused, and does not come later") {
  test::StubLog log;
  test::loadStubs();
  const SourceRule rule({*AllowedSource::parse("127.0.0.1:9")}, std::nullopt);
  EventLog events(100);
  const auto rtsp = RtspServer::listen(0);
  const auto backend = Backend::start(wholeSetup(), {rule, events, *rtsp});
  REQUIRE(backend->add({"still", "", "rtsp://127.0.0.1:9/silent", "req"}).result ==
          AddResult::added);
  CHECK(backend->set(SetOnStream{0, EncoderBitrate{300'000}, "req"}) == ChangeResult::unsupported);
  // The decoder is not there yet; when it comes it gets what was set.
  CHECK(backend->set(SetOnStream{0, DropFrameInterval{2}, "req"}) == ChangeResult::done);
  REQUIRE(backend->add({"door", "", pictures, "req"}).result == AddResult::added);
  REQUIRE(waitFor([&] { return backend->streams().back().output.idrFrames > 0; }));
  CHECK(log.count("event ") == 0);
  CHECK(backend->streams().front().applied.bitrate == limits::encoderBitrate);
}

TEST_CASE("a custom event goes among the pictures that pass the elements of plugins") {
  const auto event = [] {
    return std::shared_ptr<const GstStructure>(
        gst_structure_new("brightness", "percent", G_TYPE_INT, 50, nullptr),
        [](const GstStructure* fields) { gst_structure_free(const_cast<GstStructure*>(fields)); });
  };
  BackendSetup setup = wholeSetup();
  setup.interceptors = {"identity"};
  Box box(setup);
  CHECK(box.backend().send({0, event(), false, "req"}) == SendResult::queued);
  // Sent when the next picture comes; the number is GST_EVENT_CUSTOM_DOWNSTREAM's.
  CHECK(waitFor([&] {
    return box.log().count(
               "event nvinfer 280 downstream serialized brightness, percent=(int)50;") == 1;
  }));
  CHECK(box.backend().send({1, event(), false, "req"}) == SendResult::unknownSource);
}

TEST_CASE(
    "what the configuration file says of all streams is what DeepStream's elements are set to") {
  BackendSetup setup = wholeSetup();
  setup.batchedPushTimeout = BatchedPushTimeout{40'000};
  setup.osdProcessor = OsdProcessor::gpu;
  setup.labels = false;
  setup.liveSource = false;
  setup.reconnection.interval = std::chrono::seconds(7);
  const Box box(setup);
  for (const std::string line :
       {"set nvstreammux width 320", "set nvstreammux height 180", "set nvstreammux batch-size 4",
        "set nvstreammux batched-push-timeout 40000", "set nvstreammux live-source FALSE",
        "set nvmultistreamtiler width 320", "set nvdsosd process-mode 1",
        "set nvdsosd display-text FALSE", "set nvurisrcbin rtsp-reconnect-interval 7"}) {
    CAPTURE(line);
    CHECK(box.log().count(line) == 1);
  }
}

TEST_CASE(
    "DeepStream's converter and encoder can be switched off, and then nothing of them is set") {
  test::loadStubs();
  const test::StubLog log;
  BackendSetup setup = wholeSetup();
  setup.converts = false;
  setup.encodes = false;
  const SourceRule rule({*AllowedSource::parse("127.0.0.1:9")}, std::nullopt);
  EventLog events(100);
  const auto rtsp = RtspServer::listen(0);
  const auto backend = Backend::start(setup, {rule, events, *rtsp});
  REQUIRE(backend != nullptr);
  REQUIRE(backend->add({"door", "", pictures, "req"}).result == AddResult::added);
  REQUIRE(waitFor([&] { return backend->streams().front().frames > 5; }));
  for (const Example& example : examples()) {
    CAPTURE(example.line);
    const bool isOff = example.line.find("nvvideoconvert") != std::string::npos ||
                       example.line.find("nvv4l2h264enc") != std::string::npos;
    CHECK(controlsOf(*backend).contains(example.control) != isOff);
    CHECK(backend->set(SetOnStream{0, example.setting, "req"}) ==
          (isOff ? ChangeResult::unsupported : ChangeResult::done));
  }
  CHECK(backend->force({0, KeyFrame::idr, "req"}) == ChangeResult::unsupported);
  CHECK(backend->about().outputCodecs.empty());
  CHECK(backend->streams().front().output.rtspUrl.empty());
}

TEST_CASE("a tracker's file outside the folder for them reaches no element") {
  Box box;
  for (const std::string path : {"/etc/passwd", "../../etc/passwd", "no-such-file", "."}) {
    CAPTURE(path);
    CHECK(box.backend().set(SetOnStream{0, TrackerConfig{path}, "req"}) ==
          ChangeResult::unsupported);
  }
  CHECK(box.log().count("event ") == 0);
}

TEST_SUITE_END();
