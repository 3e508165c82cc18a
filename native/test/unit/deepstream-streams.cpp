#include "deepstream/backend.h"
#include "gstreamer/elements.h"
#include "support/process.h"
#include "support/stub-deepstream.h"

#include <doctest/doctest.h>

using namespace sightline;
using namespace sightline::deepstream;
using test::waitFor;

TEST_SUITE_BEGIN("deepstream");

namespace {

std::string made(const std::string& what) {
  return "rtsp://127.0.0.1:9/" + what;
}

BackendSetup smallSetup() {
  BackendSetup setup;
  setup.maxSources = 4;
  setup.outputSize = {320, 180};
  return setup;
}

struct Box {
  test::StubLog log;
  SourceRule rule{{*AllowedSource::parse("127.0.0.1:9")}, std::nullopt};
  EventLog events{1000};
  std::unique_ptr<RtspServer> rtsp = RtspServer::listen(0);
  std::unique_ptr<Backend> backend;

  explicit Box(const BackendSetup& setup = smallSetup()) {
    test::loadStubs();
    backend = Backend::start(setup, {rule, events, *rtsp});
    REQUIRE(backend != nullptr);
  }

  AddResult add(const std::string& id, const std::string& what = "pictures") const {
    return backend->add({id, "", made(what), "req"}).result;
  }
  bool remove(const std::string& id, const std::string& what = "pictures") const {
    return backend->remove({id, made(what), "req"});
  }
  StreamStatus status(const std::string& id) const {
    for (const StreamStatus& status : backend->streams()) {
      if (status.entry.cameraId == id) {
        return status;
      }
    }
    return {};
  }
  bool waitForFrames(const std::string& id, std::uint64_t more) const {
    const std::uint64_t before = status(id).frames;
    return waitFor([&] { return status(id).frames >= before + more; });
  }
  std::string kinds(const std::string& id) {
    std::string text;
    for (const Event& event : events.after(0, std::chrono::milliseconds(0))) {
      if (event.cameraId == id) {
        text += (text.empty() ? "" : " ") + event.kind;
      }
    }
    return text;
  }
};

std::string factoryName(GstElement* element) {
  return GST_OBJECT_NAME(gst_element_get_factory(element));
}

} // namespace

TEST_CASE(
    "pictures pass DeepStream's elements in their order, and those without a file are left out") {
  test::loadStubs();
  BackendSetup setup = smallSetup();
  CHECK(chainOf(setup) == std::vector<std::string>{"nvstreammux", "nvmultistreamtiler",
                                                   "nvvideoconvert", "nvdsosd", "nvvideoconvert",
                                                   "nvv4l2h264enc"});
  setup.elementFiles.preprocess = setup.elementFiles.infer = setup.elementFiles.tracker =
      setup.elementFiles.analytics = "/a";
  setup.codec = VideoCodec::h265;
  const Graph graph(setup, [](GstSample*, bool) {});
  std::vector<std::string> passed;
  GObjectPointer<GstElement> element(GST_ELEMENT(gst_object_ref(graph.part(Part::mux))));
  while (element) {
    passed.push_back(factoryName(element.get()));
    const auto source = padNamed(element.get(), "src");
    const GObjectPointer<GstPad> next(source ? gst_pad_get_peer(source.get()) : nullptr);
    element.reset(next ? gst_pad_get_parent_element(next.get()) : nullptr);
  }
  CHECK(passed == std::vector<std::string>{"nvstreammux", "nvdspreprocess", "nvinfer", "nvtracker",
                                           "nvdsanalytics", "nvmultistreamtiler", "nvvideoconvert",
                                           "capsfilter", "nvdsosd", "nvvideoconvert", "capsfilter",
                                           "nvv4l2h265enc", "h265parse", "capsfilter", "appsink"});
}

TEST_CASE("a stream takes the pad of its source id and runs by its frames") {
  Box box;
  REQUIRE(box.add("door") == AddResult::added);
  CHECK(box.add("door") == AddResult::duplicate);
  REQUIRE(box.add("gate") == AddResult::added);
  REQUIRE(box.waitForFrames("door", 5));
  REQUIRE(box.waitForFrames("gate", 5));
  CHECK(box.log.count("pad nvstreammux sink_0") == 1);
  CHECK(box.log.count("pad nvstreammux sink_1") == 1);
  CHECK(box.status("door").state == StreamState::running);
  CHECK(box.status("door").width == 320);
  CHECK(box.status("door").height == 180);
  CHECK(box.status("gate").kbps > 0);
  CHECK(box.kinds("door") == "added running");
  REQUIRE(box.add("3") == AddResult::added);
  REQUIRE(box.add("4") == AddResult::added);
  CHECK(box.add("5") == AddResult::atCapacity);
  // What was never a source is told so only when there is a place for it.
  CHECK(box.backend->add({"6", "", "http://a/b.mp4", "req"}).result == AddResult::atCapacity);
  CHECK(box.backend->list().front().cameraId == "4");
  CHECK_FALSE(box.remove("door", "silent"));
  CHECK(box.remove("door"));
  CHECK(box.kinds("door") == "added running removed");
  CHECK(box.backend->add({"gate", "", "http://a/b.mp4", "req"}).result == AddResult::duplicate);
  const AddAnswer refused = box.backend->add({"6", "", "http://a/b.mp4", "req"});
  CHECK(refused.result == AddResult::refused);
  CHECK(refused.error.code == stream_code::forbidden);
  CHECK(box.kinds("6").empty());
  CHECK(box.add("5") == AddResult::added);
}

TEST_CASE("50 streams that come and go leave nothing behind, and the one beside them runs on") {
  Box box;
  REQUIRE(box.add("door") == AddResult::added);
  REQUIRE(box.waitForFrames("door", 1));
  constexpr int cycles = 50;
  for (int cycle = 0; cycle < cycles; ++cycle) {
    // A camera that comes back waits for its own pad, another takes the next one.
    const std::string guest = cycle % 3 == 0 ? "guest" : "other";
    REQUIRE(box.add(guest) == AddResult::added);
    // Some go while they are still on their way.
    if (cycle % 5 == 0) {
      REQUIRE(waitFor([&] { return box.status(guest).state == StreamState::running; }));
    }
    REQUIRE(box.remove(guest));
  }
  REQUIRE(waitFor([&] {
    return box.log.count("gone nvurisrcbin") == box.log.count("set nvurisrcbin uri") - 1;
  }));
  CHECK(box.log.count("release nvstreammux") == box.log.count("pad nvstreammux") - 1);
  CHECK(box.log.count("gone nvv4l2decoder") > 0);
  CHECK(box.waitForFrames("door", 5));
  CHECK(box.kinds("door") == "added running");
  box.backend->stop();
  CHECK(box.log.count("gone nvurisrcbin") == box.log.count("set nvurisrcbin uri"));
  CHECK(box.log.count("release nvstreammux") == box.log.count("pad nvstreammux"));
  box.backend.reset();
  CHECK(box.log.count("gone nvstreammux") == 1);
}

TEST_CASE("a source that fails is taken out and tried again, and no other notices") {
  Box box;
  REQUIRE(box.add("door") == AddResult::added);
  REQUIRE(box.waitForFrames("door", 1));
  REQUIRE(box.add("lost", "error") == AddResult::added);
  REQUIRE(waitFor([&] { return box.status("lost").restarts >= 2; }));
  CHECK(box.status("lost").state == StreamState::retrying);
  CHECK(box.status("lost").error->code == stream_code::notFound);
  CHECK(box.kinds("lost") == "added error retrying");
  CHECK(box.kinds("door") == "added running");
  CHECK(box.waitForFrames("door", 5));
  REQUIRE(box.remove("lost", "error"));
  REQUIRE(waitFor([&] {
    return box.log.count("release nvstreammux sink_1") == box.log.count("pad nvstreammux sink_1");
  }));
}

TEST_CASE("a source that may not be connected to never comes into the graph") {
  Box box;
  REQUIRE(
      box.backend->add({"near", "", "rtsp://user:secret@127.0.0.1:10/pictures", "req"}).result ==
      AddResult::added);
  REQUIRE(waitFor([&] { return box.status("near").state == StreamState::retrying; }));
  CHECK(box.status("near").error->code == stream_code::forbidden);
  CHECK(box.log.count("set nvurisrcbin") == 0);
}

TEST_CASE("no credentials are in what DeepStream's elements are told") {
  Box box;
  REQUIRE(box.backend->add({"door", "", "rtsp://user:secret@127.0.0.1:9/pictures", "req"}).result ==
          AddResult::added);
  REQUIRE(waitFor([&] { return box.status("door").state == StreamState::running; }));
  CHECK(box.log.count("set nvurisrcbin uri rtsp://127.0.0.1:9/pictures") == 1);
  CHECK(box.status("door").url.text == "rtsp://127.0.0.1:9/pictures");
  CHECK(box.status("door").url.hasCredentials);
  CHECK_FALSE(box.backend->remove({"gate", std::nullopt, "req"}));
  CHECK(box.backend->remove({"door", std::nullopt, "req"}));
  CHECK(box.kinds("door") == "added running removed");
}

TEST_CASE("what was set holds when the source connects anew") {
  Box box;
  REQUIRE(box.add("door", "short") == AddResult::added);
  REQUIRE(box.waitForFrames("door", 1));
  CHECK(box.backend->set(SetOnStream{0, DropFrameInterval{3}, "req"}) == ChangeResult::done);
  CHECK(box.backend->set(SetOnStream{0, FlipMethod{2}, "req"}) == ChangeResult::done);
  const int decoders = box.log.count("set nvv4l2decoder drop-frame-interval 3");
  REQUIRE(waitFor([&] {
    return box.status("door").restarts >= 1 && box.status("door").state == StreamState::running;
  }));
  CHECK(box.log.count("set nvv4l2decoder drop-frame-interval 3") > decoders);
  CHECK(box.log.count("set nvvideoconvert flip-method 2") >= 2);
  CHECK(box.status("door").applied.dropFrameInterval == 3);
}

TEST_CASE("when an element of all streams fails, the pipeline starts again and all come back") {
  BackendSetup setup = smallSetup();
  setup.elementFiles.preprocess = setup.elementFiles.infer = setup.elementFiles.tracker =
      test::writeFile("config", "");
  // A failure that is not the source's own.
  setup.reconnection.interval = std::chrono::seconds(0);
  const std::string file = test::writeFile("fail", "");
  setup.analyticsDir = file.substr(0, file.rfind('/'));
  Box box(setup);
  REQUIRE(box.add("door") == AddResult::added);
  REQUIRE(box.add("gate") == AddResult::added);
  for (const std::string id : {"door", "gate"}) {
    REQUIRE(waitFor([&] { return box.status(id).state == StreamState::running; }));
  }
  // Then its pictures have passed all elements.
  REQUIRE(waitFor([&] { return box.status("gate").output.idrFrames > 0; }));
  const auto set = [&](const StreamSetting& setting) {
    return box.backend->set(SetOnStream{1, setting, "req"});
  };
  CHECK(set(Rois{{{"7", {0, 0, 20, 20}}}}) == ChangeResult::done);
  CHECK(set(InferInterval{3}) == ChangeResult::done);
  CHECK(set(InferInterval{4}) == ChangeResult::done);
  set(TrackerConfig{"fail"});
  for (const std::string id : {"door", "gate"}) {
    CAPTURE(id);
    REQUIRE(waitFor([&] { return box.status(id).restarts >= 1; }));
    REQUIRE(waitFor([&] { return box.status(id).state == StreamState::running; }));
    CHECK(box.waitForFrames(id, 5));
    CHECK(box.kinds(id).find("running error retrying") != std::string::npos);
  }
  // What its elements were told before; but for the last, of which it has failed.
  CHECK(waitFor([&] { return box.log.count("event nvinfer 407") == 3; }));
  CHECK(box.log.count("event nvdspreprocess 406") == 2);
  CHECK(box.log.count("event nvinfer 407 downstream serialized nv-infer-interval-update, "
                      "stream_id=(string)1, interval=(uint)4;") == 2);
  CHECK(box.log.count("event nvtracker 410") <= 1);
  CHECK(box.status("door").applied.detectors.trackerConfig.empty());
}

TEST_CASE(
    "a source that may not be tried again is removed, and the host hears that all have ended") {
  BackendSetup setup = smallSetup();
  setup.reconnection.attemptsMax = 1;
  setup.reconnection.interval = std::chrono::seconds(1);
  std::atomic<bool> hasEnded{false};
  setup.atEnd = [&] { hasEnded = true; };
  Box box(setup);
  REQUIRE(box.add("lost", "error") == AddResult::added);
  REQUIRE(waitFor([&] { return box.backend->list().empty(); }));
  CHECK(waitFor([&] { return hasEnded.load(); }));
  CHECK(box.kinds("lost") == "added error retrying removed");
}

TEST_SUITE_END();
