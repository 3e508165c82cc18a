// The encoded output of a stream in files.
#include "gstreamer/access-unit.h"
#include "gstreamer/elements.h"
#include "gstreamer/encoder-codec.h"
#include "support/rig.h"

#include <doctest/doctest.h>

#include <gst/app/gstappsink.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <sys/stat.h>

using namespace test;
using sightline::VideoCodec;

TEST_SUITE_BEGIN("recordings");

namespace {

constexpr auto source = "fake://clock?width=320&height=180";

// A folder for recordings that is empty.
std::string newFolder() {
  static int made = 0;
  const std::string path = scratch() + "/recordings-" + std::to_string(++made);
  std::filesystem::create_directory(path);
  return path;
}

std::string bytesOf(const std::string& path) {
  std::ostringstream bytes;
  bytes << std::ifstream(path, std::ios::binary).rdbuf();
  return bytes.str();
}

// What GStreamer finds in a file, as it is at the moment.
struct Content {
  int units = 0;
  int pictures = 0;
  bool beginsWithKey = false;
  // From the first picture to the last.
  int milliseconds = 0;
};

Content contentOf(const std::string& path, VideoCodec codec) {
  using namespace sightline;
  const bool ts = path.ends_with(".ts");
  const std::string name = codecName(codec);
  const std::string units =
      codec == VideoCodec::mpeg4
          ? "mpeg4videoparse"
          : name + "parse ! video/x-" + name + ",stream-format=byte-stream,alignment=au";
  const std::string decoder = codec == VideoCodec::mpeg4 ? "avdec_mpeg4" : "avdec_" + name;
  const GObjectPointer<GstElement> pipeline(
      GST_ELEMENT(gst_object_ref_sink(gst_pipeline_new(nullptr))));
  GstElement* bin = parseBin(
      "filesrc location=\"" + path + "\" ! " + (ts ? "tsdemux" : "matroskademux") + " ! " + units +
          " ! tee name=t t. ! queue max-size-buffers=0 max-size-bytes=0 "
          "max-size-time=0 ! appsink name=units sync=false "
          "t. ! queue max-size-buffers=0 max-size-bytes=0 max-size-time=0 ! " +
          decoder + " max-threads=1 ! appsink name=pictures sync=false",
      false);
  gst_bin_add(GST_BIN(pipeline.get()), bin);
  const auto unitSink = childNamed(bin, "units");
  const auto pictureSink = childNamed(bin, "pictures");
  gst_element_set_state(pipeline.get(), GST_STATE_PLAYING);
  Content content;
  GstClockTime first = 0;
  while (true) {
    const SamplePointer unit(
        gst_app_sink_try_pull_sample(GST_APP_SINK(unitSink.get()), 10 * GST_SECOND));
    if (!unit) {
      break;
    }
    GstBuffer* buffer = gst_sample_get_buffer(unit.get());
    GstMapInfo map;
    REQUIRE(gst_buffer_map(buffer, &map, GST_MAP_READ));
    if (content.units++ == 0) {
      content.beginsWithKey = readAccessUnit(codec, map.data, map.size).key;
      first = GST_BUFFER_PTS(buffer);
    }
    gst_buffer_unmap(buffer, &map);
    content.milliseconds = static_cast<int>((GST_BUFFER_PTS(buffer) - first) / GST_MSECOND);
  }
  while (SamplePointer(
      gst_app_sink_try_pull_sample(GST_APP_SINK(pictureSink.get()), 10 * GST_SECOND))) {
    ++content.pictures;
  }
  gst_element_set_state(pipeline.get(), GST_STATE_NULL);
  return content;
}

HttpAnswer put(const Host& host, const std::string& body, const std::string& id = "camera") {
  return host.put("/sightline/streams/" + id + "/output", body);
}

bool waitUntilClosed(const Host& host) {
  return waitFor([&] { return !host.stream("camera")["output"].isMember("recording"); });
}

bool waitForBytes(const Host& host, int bytes) {
  return waitFor(
      [&] { return host.stream("camera")["output"]["recording"]["bytes"].asInt() >= bytes; });
}

// So many more than there are.
bool waitForIdrs(const Host& host, unsigned count) {
  const auto idrs = [&] { return host.stream("camera")["output"]["idrFrames"].asUInt64(); };
  const std::uint64_t before = idrs();
  return waitFor([&] { return idrs() >= before + count; }, std::chrono::minutes(2));
}

Json::Value lastRecordingEvent(const Host& host) {
  Json::Value last;
  for (const Json::Value& event : host.events()) {
    if (event["kind"] == "recording-ended") {
      last = event;
    }
  }
  return last;
}

bool hasIndex(const std::string& path) {
  // [Matroska: Cues] The seek head at the beginning names it as well.
  const std::string bytes = bytesOf(path);
  const std::size_t at = bytes.rfind("\x1c\x53\xbb\x6b");
  return at != std::string::npos && at > bytes.size() / 2;
}

} // namespace

TEST_CASE("the encoded output goes into a file of each codec and container, from an IDR on") {
  const std::string folder = newFolder();
  Host host({}, {"--recordings-dir", folder});
  host.add("camera", source);
  REQUIRE(host.waitForOutput("camera"));
  for (const auto codec : {VideoCodec::h264, VideoCodec::h265, VideoCodec::mpeg4}) {
    for (const std::string ending : {".mkv", ".ts"}) {
      const std::string name = codecName(codec) + ending;
      CAPTURE(name);
      const HttpAnswer begun =
          put(host, std::string(R"({"iframeInterval":5,"codec":")") + codecName(codec) +
                        R"(","recording":")" + name + "\"}");
      REQUIRE(begun.status == 200);
      CHECK(parseJson(begun.body)["codec"] == codecName(codec));
      CHECK(parseJson(begun.body)["recording"]["name"] == name);
      REQUIRE(waitForBytes(host, 1));
      // Groups of five: an encoder that is slow leaves pictures out, and then encodes no fewer.
      REQUIRE(waitForIdrs(host, 5));
      CHECK(host.stream("camera")["applied"]["codec"] == codecName(codec));
      REQUIRE(put(host, R"({"recording":null})").status == 200);
      REQUIRE(waitUntilClosed(host));
      const Content content = contentOf(folder + "/" + name, codec);
      CHECK(content.beginsWithKey);
      CHECK(content.units >= 20);
      CHECK(content.pictures == content.units);
      CHECK(content.milliseconds > 300);
      CHECK(lastRecordingEvent(host)["recording"] == name);
      CHECK_FALSE(lastRecordingEvent(host).isMember("error"));
      CHECK((ending == ".ts" || hasIndex(folder + "/" + name)));
    }
  }
  CHECK(host.stream("camera")["restarts"] == 0);
}

TEST_CASE("every picture of the output is in the recording") {
  const std::string folder = newFolder();
  Host host({}, {"--recordings-dir", folder});
  host.add("camera", source);
  REQUIRE(host.waitForOutput("camera"));
  REQUIRE(put(host, R"({"recording":"all.mkv"})").status == 200);
  REQUIRE(waitForBytes(host, 1));
  const auto before = host.frames("camera");
  REQUIRE(host.waitForFrames("camera", before + 100));
  const auto between = static_cast<int>(host.frames("camera") - before);
  REQUIRE(put(host, R"({"recording":null})").status == 200);
  REQUIRE(waitUntilClosed(host));
  // Those that the encoder or the muxer still holds, and no more, may be missing.
  CHECK(contentOf(folder + "/all.mkv", VideoCodec::h264).units >= between - 10);
}

TEST_CASE("another name begins another file, and a change of codec ends the recording") {
  const std::string folder = newFolder();
  Host host({}, {"--recordings-dir", folder});
  host.add("camera", source);
  REQUIRE(host.waitForOutput("camera"));
  REQUIRE(put(host, R"({"recording":"a.mkv"})").status == 200);
  REQUIRE(waitForBytes(host, 1000));
  REQUIRE(put(host, R"({"recording":"b.mkv"})").status == 200);
  REQUIRE(waitForBytes(host, 1000));
  CHECK(host.stream("camera")["output"]["recording"]["name"] == "b.mkv");
  CHECK(waitFor([&] { return lastRecordingEvent(host)["recording"] == "a.mkv"; }));
  CHECK(contentOf(folder + "/a.mkv", VideoCodec::h264).beginsWithKey);
  REQUIRE(put(host, R"({"codec":"mpeg4"})").status == 200);
  REQUIRE(waitUntilClosed(host));
  CHECK(hasIndex(folder + "/b.mkv"));
  CHECK(contentOf(folder + "/b.mkv", VideoCodec::h264).beginsWithKey);
}

TEST_CASE("what cannot be recorded is refused, and nothing changes") {
  const std::string folder = newFolder();
  std::ofstream(folder + "/there.mkv") << "kept";
  Host host({}, {"--recordings-dir", folder});
  host.add("camera", source);
  const HttpAnswer taken =
      put(host, R"({"codec":"mpeg4","iframeInterval":7,"recording":"there.mkv"})");
  CHECK(taken.status == 409);
  CHECK(parseJson(taken.body)["code"] == "stream.recording-exists");
  CHECK(bytesOf(folder + "/there.mkv") == "kept");
  CHECK(host.stream("camera")["applied"]["codec"] == "h264");
  CHECK(host.stream("camera")["applied"]["iframeInterval"].isNull());
  CHECK(put(host, R"({"recording":"a.mkv"})", "other").status == 404);
  CHECK(put(host, R"({"recording":"../a.mkv"})").status == 400);
  CHECK(put(host, R"({"recording":"a.mkv","more":1})").status == 400);
  CHECK(std::distance(std::filesystem::directory_iterator(folder), {}) == 1);
  // A recording of nothing leaves nothing behind.
  host.add("silent", "rtsp://127.0.0.1:1/");
  for (const char* name : {"silent.mkv", "silent.ts"}) {
    CHECK(put(host, std::string(R"({"recording":")") + name + "\"}", "silent").status == 200);
    CHECK(put(host, R"({"recording":null})", "silent").status == 200);
  }
  CHECK(waitFor([&] { return !host.stream("silent")["output"].isMember("recording"); }));
  CHECK_FALSE(host.stream("silent")["output"].isMember("recordingError"));
  CHECK(
      waitFor([&] { return std::distance(std::filesystem::directory_iterator(folder), {}) == 1; }));
  Host without({});
  without.add("camera", source);
  const HttpAnswer refused = put(without, R"({"recording":"a.mkv"})");
  CHECK(refused.status == 501);
  CHECK(parseJson(refused.body)["message"].asString().find("--recordings-dir") !=
        std::string::npos);
  CHECK(put(without, R"({"codec":"mpeg4"})").status == 200);
}

TEST_CASE("the file is closed when its stream is removed, and when the host ends") {
  const std::string folder = newFolder();
  Host host({}, {"--recordings-dir", folder});
  for (const std::string id : {"camera", "other"}) {
    host.add(id, source);
    REQUIRE(host.waitForOutput(id));
    REQUIRE(put(host, R"({"recording":")" + id + R"(.mkv"})", id).status == 200);
    REQUIRE(host.waitForFrames(id, host.frames(id) + 20));
  }
  REQUIRE(host.remove("camera", source) == "STREAM_REMOVE_SUCCESS");
  CHECK(waitFor([&] { return hasIndex(folder + "/camera.mkv"); }));
  CHECK_FALSE(hasIndex(folder + "/other.mkv"));
  host.process().signal(SIGTERM);
  CHECK(host.process().wait() == 0);
  CHECK(hasIndex(folder + "/other.mkv"));
}

TEST_CASE("when the host is killed the file plays up to its last pictures") {
  for (const std::string name : {"cut.mkv", "cut.ts"}) {
    CAPTURE(name);
    const std::string folder = newFolder();
    Host host({}, {"--recordings-dir", folder});
    host.add("camera", source);
    REQUIRE(host.waitForOutput("camera"));
    REQUIRE(put(host, R"({"recording":")" + name + "\"}").status == 200);
    REQUIRE(waitForBytes(host, 1));
    const auto before = host.frames("camera");
    REQUIRE(host.waitForFrames("camera", before + 50));
    host.process().signal(SIGKILL);
    host.process().wait();
    const Content content = contentOf(folder + "/" + name, VideoCodec::h264);
    CHECK(content.beginsWithKey);
    CHECK(content.units >= 30);
    CHECK(content.pictures >= content.units - 1);
  }
}

TEST_CASE("a file that cannot be written any further ends its recording, and never the stream") {
  const std::string folder = newFolder();
  constexpr int limit = 100'000;
  // The kernel refuses to write more than this into any one file of the host.
  Host host({}, {"--recordings-dir", folder}, {"prlimit", "--fsize=" + std::to_string(limit)});
  host.add("camera", source);
  REQUIRE(host.waitForOutput("camera"));
  REQUIRE(put(host, R"({"recording":"full.mkv"})").status == 200);
  REQUIRE(waitFor([&] { return host.stream("camera")["output"].isMember("recordingError"); }));
  REQUIRE(waitUntilClosed(host));
  const Json::Value error = host.stream("camera")["output"]["recordingError"];
  CHECK(error["code"] == "stream.recording-failed");
  CHECK(error["text"].asString().find("too large") != std::string::npos);
  CHECK(lastRecordingEvent(host)["error"]["code"] == "stream.recording-failed");
  CHECK(lastRecordingEvent(host)["recording"] == "full.mkv");
  CHECK(std::filesystem::file_size(folder + "/full.mkv") <= limit);
  CHECK(contentOf(folder + "/full.mkv", VideoCodec::h264).units > 0);
  const auto before = host.frames("camera");
  const auto idrs = host.stream("camera")["output"]["idrFrames"].asUInt64();
  CHECK(host.waitForFrames("camera", before + 60));
  CHECK(host.stream("camera")["output"]["idrFrames"].asUInt64() > idrs);
  CHECK(host.state("camera") == "running");
  CHECK(host.stream("camera")["restarts"] == 0);
  CHECK_FALSE(host.stream("camera").isMember("error"));
  // The next one begins without that error.
  REQUIRE(put(host, R"({"recording":"next.mkv"})").status == 200);
  CHECK_FALSE(host.stream("camera")["output"].isMember("recordingError"));
}

TEST_SUITE_END();
