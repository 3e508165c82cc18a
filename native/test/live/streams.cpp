// Streams as a client sees them: add, frames, settings, remove.
#include "pipeline/url.h"
#include "support/picture.h"
#include "support/read-time.h"
#include "support/recording.h"
#include "support/rig.h"

#include <doctest/doctest.h>

using namespace test;

TEST_SUITE_BEGIN("streams");

TEST_CASE("an added stream runs, counts frames and shows them") {
  Cameras cameras;
  Host host({cameras.port()});
  const std::string id = "door 1/über";
  CHECK(host.add(id, cameras.url(1)) == "STREAM_ADD_SUCCESS");
  REQUIRE(host.waitForFrames(id, 15));
  const Json::Value stream = host.stream(id);
  CHECK(stream["state"] == "running");
  CHECK(stream["camera_name"] == "name of " + id);
  CHECK(stream["source_id"] == 0);
  CHECK(stream["width"] == 640);
  CHECK(stream["height"] == 360);
  CHECK(stream["fps"].asDouble() > 1);
  CHECK(stream["kbps"].asDouble() > 1);
  CHECK(stream["restarts"] == 0);
  CHECK_FALSE(stream.isMember("error"));
  CHECK(host.eventKinds(id) == "added running");

  const HttpAnswer snapshot =
      host.get("/sightline/streams/" + sightline::percentEncode(id) + "/snapshot.jpg");
  CHECK(snapshot.status == 200);
  CHECK(snapshot.headers.at("content-type") == "image/jpeg");
  CHECK(std::stoll(snapshot.headers.at("x-frame-at-ms")) >= stream["lastFrameAtMs"].asInt64());
  const Picture picture = decodeJpeg(snapshot.body);
  CHECK(picture.width == 640);
  CHECK(picture.height == 360);
  const HttpAnswer unknown = host.get("/sightline/streams/other/snapshot.jpg");
  CHECK(unknown.status == 404);
  CHECK(parseJson(unknown.body)["code"] == "stream.not-found");
}

TEST_CASE("drop-frame-interval lets every Nth frame pass, of that stream only") {
  Cameras cameras;
  Host host({cameras.port()});
  host.add("all", cameras.url(1));
  host.add("some", cameras.url(1));
  REQUIRE(host.waitForFrames("all", 5));
  REQUIRE(host.waitForFrames("some", 5));
  const auto set = [&](int interval) {
    return host.post("/dec/drop-frame-interval",
                     R"({"stream":{"stream_id":"1","drop_frame_interval":)" +
                         std::to_string(interval) + "}}");
  };
  CHECK(set(5).status == 200);
  CHECK(host.stream("some")["applied"]["dropFrameInterval"] == 5);
  struct Frames {
    std::uint64_t all = 0;
    std::uint64_t some = 0;
  };
  // Both of one moment.
  const auto frames = [&] {
    const Json::Value streams = parseJson(host.get("/sightline/streams").body)["streams"];
    return Frames{streams[0]["frames"].asUInt64(), streams[1]["frames"].asUInt64()};
  };
  const auto passed = [&] {
    const Frames before = frames();
    REQUIRE(host.waitForFrames("all", before.all + 30));
    const Frames after = frames();
    return Frames{after.all - before.all, after.some - before.some};
  };
  const Frames dropping = passed();
  CHECK(dropping.some * 5 >= dropping.all - 10);
  CHECK(dropping.some * 5 <= dropping.all + 10);
  CHECK(set(0).status == 200);
  const Frames again = passed();
  CHECK(again.some * 2 > again.all);
  CHECK(host.state("some") == "running");
  CHECK(
      host.post("/dec/drop-frame-interval", R"({"stream":{"stream_id":9,"drop_frame_interval":1}})")
          .status == 500);
  CHECK(host.stream("all")["applied"]["dropFrameInterval"] == 0);
}

TEST_CASE("capacity, duplicates, order and removal are DeepStream's") {
  Cameras cameras(3);
  Host host({cameras.port()}, {"--max-sources", "2"});
  CHECK(host.add("a", cameras.url(1)) == "STREAM_ADD_SUCCESS");
  CHECK(host.add("a", cameras.url(2)) ==
        "STREAM_ADD_FAIL, Duplicate Camera id, unable to add stream");
  CHECK(host.add("b", cameras.url(2)) == "STREAM_ADD_SUCCESS");
  const std::string full = "STREAM_ADD_FAIL, Active sources exceded max-batch-size of nvstreammux";
  CHECK(host.add("c", cameras.url(3)) == full);
  CHECK(host.add("a", cameras.url(1)) == full);
  const Json::Value info = parseJson(host.get("/stream/get-stream-info").body);
  CHECK(info["reason"] == "GET_LIVE_STREAM_INFO_SUCCESS");
  CHECK(info["stream-info"]["stream-count"] == 2);
  CHECK(info["stream-info"]["stream-info"][0]["camera_id"] == "b");
  CHECK(info["stream-info"]["stream-info"][1]["source_id"] == 0);

  const std::string none = "STREAM_REMOVE_FAIL, No record found. Failed to remove source stream";
  CHECK(host.remove("a", cameras.url(2)) == none);
  CHECK(host.remove("x", cameras.url(1)) == none);
  CHECK(host.remove("a", cameras.url(1)) == "STREAM_REMOVE_SUCCESS");
  CHECK(host.remove("a", cameras.url(1)) == none);
  CHECK(host.add("c", cameras.url(3)) == "STREAM_ADD_SUCCESS");
  REQUIRE(host.waitForFrames("b", 1));
  REQUIRE(host.waitForFrames("c", 1));
  CHECK(host.stream("c")["source_id"] == 0);
  CHECK(host.eventKinds("a") == "added removed");
}

TEST_CASE("a stream is taken out by its id alone, whatever its URL is, and no other") {
  Cameras cameras(2);
  Host host({cameras.port()});
  const std::string id = "door 1/über";
  const std::string path = "/sightline/streams/" + sightline::percentEncode(id);
  const std::string url = cameras.url(1);
  host.add(id, url.substr(0, 7) + "user:secret@" + url.substr(7));
  host.add("stays", cameras.url(2));
  REQUIRE(host.waitForState(id, "running"));
  REQUIRE(host.waitForState("stays", "running"));
  CHECK(request(host.port(), "DELETE", "/api/v1" + path).status == 401);
  CHECK(host.get(path).status == 405);
  const HttpAnswer removed = host.erase(path);
  CHECK(removed.status == 204);
  CHECK(removed.body.empty());
  CHECK_FALSE(removed.headers.contains("content-length"));
  CHECK_FALSE(removed.headers.contains("content-type"));
  CHECK(removed.headers.contains("x-request-id"));
  CHECK(host.stream(id).isNull());
  CHECK(host.eventKinds(id) == "added running removed");
  for (const Json::Value& event : host.events()) {
    CHECK((event["kind"] != "removed" || event["reason"] == "request"));
  }
  const HttpAnswer again = host.erase(path);
  CHECK(again.status == 404);
  CHECK(parseJson(again.body)["code"] == "stream.not-found");
  CHECK(host.add(id, url) == "STREAM_ADD_SUCCESS");
  CHECK(host.stream(id)["source_id"] == 0);
  CHECK(host.waitForFrames("stays", host.frames("stays") + 5));
  CHECK(host.eventKinds("stays") == "added running");
}

TEST_CASE("each stream shows the URL that it was added with, and nobody's password") {
  struct Row {
    std::string url;
    std::string shown;
    bool hasCredentials;
  };
  const std::vector<Row> rows{
      {"rtsp://127.0.0.1:1/live?a=b&c=%40", "rtsp://127.0.0.1:1/live?a=b&c=%40", false},
      {"rtsp://s3cret:s3cret@127.0.0.1:1/live?a=b", "rtsp://127.0.0.1:1/live?a=b", true},
      {"rtspt://us%40er:p%3As3cret%2F%23@127.0.0.1:1", "rtspt://127.0.0.1:1", true},
      {"RTSPS://user:it's a s3cret@:\"s3cret<>\\\t%25ü@[::1]:1/a", "RTSPS://[::1]:1/a", true},
      {"rtsp://127.0.0.1:1/s3cret@127.0.0.1/live", "", true},
      {"fake://user:s3cret@lobby?width=64&height=64", "fake://lobby?width=64&height=64", true},
      {"fake://lobby", "fake://lobby", false},
      {"file:///media/a@b c.mp4", "file:///media/a@b c.mp4", false},
  };
  Host host({}, {"--media-dir", scratch()});
  for (const Row& row : rows) {
    CAPTURE(row.url);
    CHECK(host.add(row.url, row.url) == "STREAM_ADD_SUCCESS");
    CHECK(host.stream(row.url)["url"] == row.shown);
    CHECK(host.stream(row.url)["hasCredentials"] == row.hasCredentials);
    host.erase("/sightline/streams/" + sightline::percentEncode(row.url));
    host.add("camera", row.url);
    CHECK(host.get("/sightline/streams").body.find("s3cret") == std::string::npos);
    CHECK(host.erase("/sightline/streams/camera").status == 204);
  }
  CHECK(host.get("/sightline/streams").body.find("lobby") == std::string::npos);
}

TEST_CASE("a recording plays at its own pace and ends") {
  writeNumbers(scratch() + "/120 frames.mp4", 120, "x264enc ! h264parse");
  Host host({}, {"--media-dir", scratch()});
  CHECK(host.add("file", "file://" + scratch() + "/120%20frames.mp4") == "STREAM_ADD_SUCCESS");
  REQUIRE(host.waitForState("file", "ended"));
  CHECK(host.frames("file") == 120);
  CHECK(host.stream("file")["restarts"] == 0);
  CHECK(host.eventKinds("file") == "added running eos");
  const Json::Value stream = host.stream("file");
  // 120 pictures last 2 s when paced; unpaced, decoding takes milliseconds.
  CHECK(stream["lastFrameAtMs"].asInt64() > 0);
}

TEST_CASE("a recording says how far it has been played, and a camera does not") {
  const std::string path = scratch() + "/long.mp4";
  writeNumbers(path, 240, "x264enc ! h264parse");
  Cameras cameras;
  Host host({cameras.port()}, {"--media-dir", scratch()});
  host.add("camera", cameras.url(1));
  host.add("file", "file://" + path);
  REQUIRE(host.waitForState("file", "ended"));
  std::int64_t last = 0;
  int told = 0;
  for (const Json::Value& event : host.events()) {
    if (event["kind"] == "progress") {
      CHECK(event["camera_id"] == "file");
      CHECK(event["progress"]["durationMs"] == 4000);
      CHECK(event["progress"]["positionMs"].asInt64() > last);
      last = event["progress"]["positionMs"].asInt64();
      ++told;
    }
  }
  CHECK(told >= 2);
  CHECK(last <= 4000);
}

TEST_CASE("generated sources run without any camera, each with its size and bitrate") {
  Host host({});
  CHECK(host.add("small", "fake://small?width=320&height=180&bitrate=200000") ==
        "STREAM_ADD_SUCCESS");
  CHECK(host.add("plain", "fake://plain?bitrate=2000000") == "STREAM_ADD_SUCCESS");
  CHECK(host.add("wrong", "fake://wrong?width=100000") ==
        "STREAM_ADD_FAIL, Failed to add source stream");
  REQUIRE(host.waitForFrames("small", 60));
  REQUIRE(host.waitForFrames("plain", 60));
  const Json::Value small = host.stream("small");
  const Json::Value plain = host.stream("plain");
  CHECK(small["width"] == 320);
  CHECK(small["height"] == 180);
  CHECK(plain["width"] == 640);
  CHECK(plain["height"] == 360);
  // Ten times as much was asked for.
  CHECK(plain["kbps"].asDouble() > 4 * small["kbps"].asDouble());
  // It goes the way of any other: only its key frames, two seconds apart, are decoded.
  CHECK(host.post("/dec/skip-frames", R"({"stream":{"stream_id":"0","skip_frames":2}})").status ==
        200);
  const auto before = host.frames("small");
  REQUIRE(host.waitForFrames("plain", host.frames("plain") + 100));
  CHECK(host.frames("small") - before <= 4);
  const HttpAnswer snapshot = host.get("/sightline/streams/plain/snapshot.jpg");
  CHECK(readTime(decodeJpeg(snapshot.body)).find('?') == std::string::npos);
  keepPicture("generated source", snapshot.body);
}

TEST_CASE("a removed stream leaves no thread and no descriptor behind") {
  Cameras cameras(2);
  Host host({cameras.port()});
  host.add("stays", cameras.url(1));
  REQUIRE(host.waitForFrames("stays", 5));
  const auto cycle = [&](int number) {
    const std::string id = "cycle " + std::to_string(number);
    REQUIRE(host.add(id, cameras.url(2)) == "STREAM_ADD_SUCCESS");
    REQUIRE(host.waitForFrames(id, 2));
    REQUIRE(host.remove(id, cameras.url(2)) == "STREAM_REMOVE_SUCCESS");
  };
  // The first ones fill pools that stay.
  cycle(-1);
  cycle(0);
  const int threads = host.process().threads() - 1;
  int files = 0;
  REQUIRE(waitFor([&] {
    const int before = files;
    files = host.process().openFiles();
    return host.process().threads() <= threads + 1 && files == before;
  }));
  for (int number = 1; number <= 20; ++number) {
    cycle(number);
  }
  CHECK(waitFor([&] { return host.process().openFiles() <= files; }));
  CHECK(waitFor([&] { return host.process().threads() <= threads + 1; }));
  CAPTURE(files);
  CAPTURE(host.process().openFiles());
  CAPTURE(host.process().errors());
  CHECK(host.stream("stays")["restarts"] == 0);
  CHECK(host.stream("stays")["state"] == "running");
}

TEST_CASE("a recording whose pictures are seconds apart is played once, at its own pace") {
  const std::string file = scratch() + "/apart.mp4";
  // 8 s, and a key frame at 0 and at 7.5 s.
  writeNumbers(file, 480, "x264enc key-int-max=450 option-string=scenecut=0 ! h264parse");
  Host host({}, {"--media-dir", scratch()});
  host.add("apart", "file://" + file);
  REQUIRE(host.waitForFrames("apart", 1));
  CHECK(host.post("/dec/skip-frames", R"({"stream":{"stream_id":0,"skip_frames":2}})").status ==
        200);
  REQUIRE(host.waitForState("apart", "ended"));
  CHECK(host.stream("apart")["restarts"] == 0);
  CHECK(host.frames("apart") < 240);
  std::string kinds = host.eventKinds("apart");
  CHECK(kinds.find("stalled") == std::string::npos);
}

TEST_SUITE_END();
