// What is found in streams: objects as events and in the picture, and what is set about them.
#include "support/picture.h"
#include "support/rig.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>

using namespace test;

TEST_SUITE_BEGIN("detection");

namespace {

HttpAnswer putDetectors(const Host& host, const std::string& cameraId, const std::string& body) {
  return host.put("/sightline/streams/" + cameraId + "/detectors", body);
}

std::int64_t lastSeq(const Host& host) {
  std::int64_t last = 0;
  for (const Json::Value& event : host.events()) {
    last = std::max(last, event["seq"].asInt64());
  }
  return last;
}

// The objects of a stream that one of its detectors found, by events after `seq`.
std::vector<Json::Value> objects(const Host& host, const std::string& cameraId,
                                 const std::string& detector, std::int64_t seq = 0) {
  std::vector<Json::Value> result;
  for (const Json::Value& event : host.events()) {
    if (event["kind"] == "object" && event["camera_id"].asString() == cameraId &&
        event["seq"].asInt64() > seq && event["object"]["detector"].asString() == detector) {
      result.push_back(event["object"]);
    }
  }
  return result;
}

bool waitForObject(const Host& host, const std::string& cameraId, const std::string& detector,
                   std::int64_t seq = 0) {
  return waitFor([&] { return !objects(host, cameraId, detector, seq).empty(); });
}

std::string snapshot(const Host& host, const std::string& cameraId) {
  return host.get("/sightline/streams/" + cameraId + "/snapshot.jpg").body;
}

// How many pixels are as bright as a face's box; the drawn scene has nothing between the face's
// skin and its ground.
int greenish(const Picture& picture) {
  return static_cast<int>(std::count_if(picture.luma.begin(), picture.luma.end(),
                                        [](std::uint8_t y) { return y > 162 && y < 178; }));
}

} // namespace

TEST_CASE("a person and a face are found, followed and told, whatever else was asked before") {
  Cameras cameras(1, {"--scene", "figures"});
  Host host({cameras.port()});
  host.add("hall", cameras.url(1));
  REQUIRE(host.waitForFrames("hall", 5));
  // Motion is looked for in every stream.
  REQUIRE(waitForObject(host, "hall", "motion"));
  CHECK(host.stream("hall")["applied"]["detection"]["detectors"].size() == 1);
  const HttpAnswer answer =
      putDetectors(host, "hall", R"({"detectors":["face","body"],"interval":1})");
  CHECK(answer.status == 200);
  const Json::Value applied = host.stream("hall")["applied"]["detection"];
  CHECK(parseJson(answer.body) == applied);
  CHECK(applied["detectors"].size() == 2);
  CHECK(applied["interval"] == 1);
  CHECK(applied["osd"] == false);
  REQUIRE(waitForObject(host, "hall", "face"));
  REQUIRE(waitForObject(host, "hall", "body"));
  // The face's screen begins at 420, the person walks left of it.
  const Json::Value face = objects(host, "hall", "face")[0]["box"];
  CHECK(face["left"].asInt() > 420);
  CHECK(face["left"].asInt() + face["width"].asInt() <= 640);
  const Json::Value body = objects(host, "hall", "body")[0]["box"];
  CHECK(body["left"].asInt() < 420);
  CHECK(body["height"].asInt() > 150);
  const auto sayingAgain = [&] { return objects(host, "hall", "face").size() >= 2; };
  REQUIRE(waitFor(sayingAgain));
  std::set<int> tracks;
  for (const Json::Value& seen : objects(host, "hall", "face")) {
    tracks.insert(seen["trackId"].asInt());
  }
  CHECK(tracks.size() == 1);
}

TEST_CASE("roi/update lets the detectors look only there") {
  Cameras cameras(1, {"--scene", "figures"});
  Host host({cameras.port()});
  host.add("hall", cameras.url(1));
  REQUIRE(host.waitForFrames("hall", 5));
  const auto setRoi = [&](int left, int width) {
    return host
        .post("/roi/update", R"({"stream":{"stream_id":"0","roi_count":1,"roi":[{"roi_id":"a",)"
                             R"("left":)" +
                                 std::to_string(left) + R"(,"top":0,"width":)" +
                                 std::to_string(width) + R"(,"height":360}]}})")
        .status;
  };
  CHECK(putDetectors(host, "hall", R"({"detectors":["face","motion"]})").status == 200);
  REQUIRE(waitForObject(host, "hall", "face"));
  CHECK(setRoi(0, 400) == 200);
  CHECK(host.stream("hall")["applied"]["detection"]["rois"][0]["width"] == 400);
  const std::int64_t seq = lastSeq(host);
  // A face that is still found would be told again after 5 s; the camera sends 15 a second.
  const auto looks = [&] { return host.stream("hall")["analysedFrames"].asUInt64(); };
  const auto before = looks();
  REQUIRE(waitFor([&] { return looks() >= before + 90; }, std::chrono::seconds(60)));
  // The person moves there.
  REQUIRE(waitForObject(host, "hall", "motion", seq));
  CHECK(objects(host, "hall", "face", seq).empty());
  for (const Json::Value& seen : objects(host, "hall", "motion", seq)) {
    CHECK(seen["box"]["left"].asInt() + seen["box"]["width"].asInt() <= 400);
  }
  CHECK(setRoi(420, 220) == 200);
  CHECK(waitForObject(host, "hall", "face", seq));
}

TEST_CASE("osd/process-mode 0 draws boxes into the picture, and 1 is refused") {
  Cameras cameras(1, {"--scene", "figures"});
  Host host({cameras.port()});
  host.add("hall", cameras.url(1));
  REQUIRE(host.waitForFrames("hall", 5));
  CHECK(putDetectors(host, "hall", R"({"detectors":["face","body"]})").status == 200);
  REQUIRE(waitForObject(host, "hall", "face"));
  const std::string plain = snapshot(host, "hall");
  keepPicture("osd-before", plain);
  const int before = greenish(decodeJpeg(plain));
  const auto setMode = [&](int mode) {
    return host
        .post("/osd/process-mode",
              R"({"stream":{"stream_id":"0","process_mode":)" + std::to_string(mode) + "}}")
        .status;
  };
  CHECK(setMode(1) == 500);
  CHECK(host.stream("hall")["applied"]["detection"]["osd"] == false);
  CHECK(setMode(0) == 200);
  CHECK(host.stream("hall")["applied"]["detection"]["osd"] == true);
  std::string drawn;
  // Four edges of some 100 pixels, 2 wide, and the label.
  CHECK(waitFor([&] {
    drawn = snapshot(host, "hall");
    return greenish(decodeJpeg(drawn)) > before + 500;
  }));
  keepPicture("osd-after", drawn);
  CHECK(putDetectors(host, "hall", R"({"detectors":["face"],"osd":false})").status == 200);
  CHECK(waitFor([&] { return greenish(decodeJpeg(snapshot(host, "hall"))) < before + 200; }));
}

TEST_CASE("detectors that make no sense are refused, and nothing changes") {
  Cameras cameras;
  Host host({cameras.port()});
  host.add("camera", cameras.url(1));
  REQUIRE(putDetectors(host, "camera", R"({"detectors":["motion"],"interval":7})").status == 200);
  for (const char* body :
       {"",
        "{",
        "[]",
        "null",
        "{}",
        R"({"detectors":"face"})",
        R"({"detectors":["Face"]})",
        R"({"detectors":["face","face"]})",
        R"({"detectors":[1]})",
        R"({"detectors":[null]})",
        R"({"detectors":["face"],"interval":2147483648})",
        R"({"detectors":["face"],"interval":-1})",
        R"({"detectors":["face"],"interval":"1"})",
        R"({"detectors":["face"],"interval":null})",
        R"({"detectors":["face"],"osd":1})",
        R"({"detectors":["face"],"more":1})",
        R"({"detectors":["face"],"trackerConfig":1})",
        R"({"detectors":["face"],"trackerConfig":null})",
        R"({"detectors":["face"],"trackerConfig":"tracker.yml"})",
        R"({"detectors":["face"],"trackerConfig":"/etc/hosts"})",
        R"({"detectors":["face"],"rois":{}})",
        R"({"detectors":["face"],"rois":[1]})",
        R"({"detectors":["face"],"rois":[{"id":"a","left":0,"top":0,"width":0,"height":1}]})",
        R"({"detectors":["face"],"rois":[{"left":0,"top":0,"width":1,"height":1}]})",
        R"({"detectors":["face"],"rois":[{"id":"a","left":-1,"top":0,"width":1,"height":1}]})",
        R"({"detectors":["face"]} x)"}) {
    CAPTURE(body);
    const HttpAnswer answer = putDetectors(host, "camera", body);
    CHECK(answer.status == 400);
    CHECK(parseJson(answer.body)["code"] == "input.invalid");
  }
  CHECK(putDetectors(host, "other", R"({"detectors":["face"]})").status == 404);
  CHECK(request(host.port(), "PUT", "/api/v1/sightline/streams/camera/detectors",
                R"({"detectors":[]})")
            .status == 401);
  CHECK(host.stream("camera")["applied"]["detection"]["interval"] == 7);
  CHECK(putDetectors(host, "camera", R"({"detectors":[],"interval":2147483647})").status == 200);
  CHECK(host.stream("camera")["applied"]["detection"]["interval"] == 2147483647);
}

TEST_CASE("tracker and analytics files come from one folder, else nothing is said to be done") {
  namespace fs = std::filesystem;
  const fs::path folder = fs::path(scratch()) / "analytics";
  fs::create_directories(folder);
  std::ofstream(folder / "tracker.yml") << "%YAML:1.0\nTargetManagement:\n  probationAge: 3\n";
  std::ofstream(folder / "wrong.yml") << "probationAge: many\n";
  Cameras cameras(1, {"--scene", "figures"});
  Host host({cameras.port()}, {"--analytics-dir", folder.string()});
  host.add("hall", cameras.url(1));
  const auto setTracker = [&](const std::string& path) {
    return host
        .post("/nvtracker/config-path",
              R"({"stream":{"stream_id":"0","config_path":")" + path + R"("}})")
        .status;
  };
  const auto shown = [&] {
    return host.stream("hall")["applied"]["detection"]["trackerConfig"].asString();
  };
  CHECK(shown().empty());
  CHECK(setTracker((folder / "tracker.yml").string()) == 200);
  CHECK(setTracker((folder / "wrong.yml").string()) == 500);
  CHECK(setTracker("/etc/hosts") == 500);
  CHECK(shown() == (folder / "tracker.yml").string());
  const auto put = [&](const std::string& path) {
    return putDetectors(host, "hall", R"({"detectors":[],"trackerConfig":")" + path + "\"}").status;
  };
  for (const char* bad :
       {"wrong.yml", "none.yml", "../token", "/etc/hosts", "tracker.yml\\u0000"}) {
    CAPTURE(bad);
    CHECK(put(bad) == 400);
  }
  CHECK(put(std::string(4097, 'x')) == 400);
  CHECK(shown() == (folder / "tracker.yml").string());
  CHECK(host.stream("hall")["applied"]["detection"]["detectors"].size() == 1);
  // As it was given, though it is found in the folder.
  CHECK(put("tracker.yml") == 200);
  CHECK(shown() == "tracker.yml");
  CHECK(put("") == 200);
  CHECK(shown().empty());
  const auto reload = [&] {
    return host.post("/analytics/reload-config", R"({"stream":{"config_file_path":"x"}})").status;
  };
  CHECK(reload() == 500);
  // A line down the middle of the person's way, which he crosses to the right and to the left.
  std::ofstream(folder / "config_nvdsanalytics.txt")
      << "[property]\nenable=1\nconfig-width=640\nconfig-height=360\n"
         "[line-crossing-stream-0]\nenable=1\n"
         "line-crossing-Middle=100;180;300;180;210;0;210;360\n";
  CHECK(reload() == 200);
  CHECK(putDetectors(host, "hall", R"({"detectors":["body"]})").status == 200);
  // He comes by every 10 s.
  CHECK(waitFor([&] {
    const auto seen = objects(host, "hall", "body");
    return std::any_of(seen.begin(), seen.end(),
                       [](const Json::Value& one) { return one["line"] == "Middle"; });
  }));
  Host bare({cameras.port()});
  bare.add("hall", cameras.url(1));
  CHECK(bare.post("/analytics/reload-config", R"({"stream":{"config_file_path":"x"}})").status ==
        500);
}

TEST_CASE("the tracker's file decides how often a thing is seen before it counts") {
  Cameras cameras(1, {"--scene", "figures"});
  const std::filesystem::path folder = std::filesystem::path(scratch()) / "trackers";
  std::filesystem::create_directories(folder);
  Host host({cameras.port()}, {"--analytics-dir", folder.string()});
  host.add("hall", cameras.url(1));
  REQUIRE(host.waitForFrames("hall", 5));
  const auto write = [&](const char* name, int looks) {
    std::ofstream(folder / name) << "TargetManagement:\n  probationAge: " << looks << "\n";
  };
  write("never.yml", 10'000);
  write("once.yml", 0);
  const auto post = [&](const std::string& name) {
    return host
        .post("/nvtracker/config-path",
              R"({"stream":{"stream_id":"0","config_path":")" + (folder / name).string() + R"("}})")
        .status;
  };
  const auto looks = [&] { return host.stream("hall")["analysedFrames"].asUInt64(); };
  const auto finds = [&](std::int64_t seq) {
    const std::uint64_t before = looks();
    REQUIRE(waitFor([&] { return looks() > before + 30; }));
    return !objects(host, "hall", "face", seq).empty();
  };
  CHECK(
      putDetectors(host, "hall", R"({"detectors":["face"],"trackerConfig":"never.yml"})").status ==
      200);
  CHECK_FALSE(finds(0));
  CHECK(post("once.yml") == 200);
  REQUIRE(waitForObject(host, "hall", "face"));
  CHECK(post("never.yml") == 200);
  // Without a file the tracker has its own defaults again.
  CHECK(putDetectors(host, "hall", R"({"detectors":["face"]})").status == 200);
  CHECK(waitForObject(host, "hall", "face", lastSeq(host)));
}

TEST_SUITE_END();
