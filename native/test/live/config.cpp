// The configuration file: what each key does to a host that runs.
#include "support/bad-server.h"
#include "support/numbered-cameras.h"
#include "support/recording.h"
#include "support/rig.h"
#include "support/rtsp-viewer.h"

#include <doctest/doctest.h>

#include <atomic>
#include <csignal>

using namespace test;

TEST_SUITE_BEGIN("config");

namespace {

std::vector<std::string> withConfig(const std::string& text, std::vector<std::string> more = {}) {
  more.insert(more.end(), {"--config", writeFile("dsserver_config.yml", text)});
  return more;
}

// In the group multiurisrcbin.
std::vector<std::string> withBin(const std::string& keys, std::vector<std::string> more = {}) {
  return withConfig("multiurisrcbin: {" + keys + "}\n", std::move(more));
}

std::string reasonOf(const HttpAnswer& answer) {
  return parseJson(answer.body)["reason"].asString();
}

void checkRefused(const Host& host, const std::string& path, const std::string& field,
                  const std::string& reason) {
  CAPTURE(path);
  const HttpAnswer answer = host.post(path, R"({"stream":{"stream_id":"0",)" + field + "}}");
  CHECK(answer.status == 500);
  CHECK(reasonOf(answer) == reason);
}

// "id of the newest, …", with their names and numbers.
std::string listed(const Host& host) {
  std::string result;
  const Json::Value answer = parseJson(host.get("/stream/get-stream-info").body);
  for (const Json::Value& entry : answer["stream-info"]["stream-info"]) {
    result += entry["camera_id"].asString() + "|" + entry["camera_name"].asString() + "|" +
              entry["source_id"].asString() + " ";
  }
  return result;
}

// Of a stream that is gone.
Json::Value removal(const Host& host, const std::string& cameraId) {
  for (const Json::Value& event : host.events()) {
    if (event["camera_id"] == cameraId && event["kind"] == "removed") {
      return event;
    }
  }
  return {};
}

bool waitForRemoval(const Host& host, const std::string& cameraId) {
  return waitFor([&] { return host.stream(cameraId).isNull(); });
}

std::string recording(const std::string& name, int pictures) {
  const std::string path = scratch() + "/" + name;
  writeNumbers(path, pictures, "x264enc tune=zerolatency ! h264parse");
  return "file://" + path;
}

} // namespace

TEST_CASE("the example starts a host that does what the file says") {
  Host host({}, {"--config", CONFIG_EXAMPLE, "--media-dir", scratch()});
  const std::string url =
      "file:///opt/nvidia/deepstream/deepstream/samples/streams/sample_1080p_h264.mp4";
  CHECK(listed(host) == "uri-list-1||0 ");
  const Json::Value about = parseJson(host.get("/sightline/about").body);
  CHECK(about["maxSources"] == 8);
  CHECK(about["outputCodecs"].empty());
  for (const Json::Value& control : about["controls"]) {
    const std::string name = control["name"].asString();
    CAPTURE(name);
    CHECK(name != "bitrate");
    CHECK(name != "srccrop");
  }
  checkRefused(host, "/enc/bitrate", R"("bitrate":2000000)",
               "BITRATE_UPDATE_FAIL, nv-enc-bitrate-update event not pushed");
  checkRefused(host, "/enc/force-idr", R"("force_idr":1)",
               "FORCE_IDR_UPDATE_FAIL, nv-enc-force-idr event not pushed");
  checkRefused(host, "/enc/force-intra", R"("force_intra":1)",
               "FORCE_INTRA_UPDATE_FAIL, nv-enc-force-intra event not pushed");
  checkRefused(host, "/enc/iframe-interval", R"("iframeinterval":50)",
               "IFRAME_INTERVAL_UPDATE_FAIL, nv-enc-iframeinterval-update event not pushed");
  checkRefused(host, "/conv/srccrop", R"("src_crop":"0:0:40:40")",
               "SRC_CROP_UPDATE_FAIL, source-crop update failed");
  checkRefused(host, "/conv/destcrop", R"("dest_crop":"0:0:40:40")",
               "DEST_CROP_UPDATE_FAIL, dest-crop update failed");
  checkRefused(host, "/conv/flip-method", R"("flip_method":2)",
               "FLIP_METHOD_UPDATE_FAIL, flip-method update failed");
  checkRefused(host, "/conv/interpolation-method", R"("interpolation_method":2)",
               "INTERPOLATION_METHOD_UPDATE_FAIL, interpolation-method update failed");
  CHECK(host.remove("uri-list-1", url) == "STREAM_REMOVE_SUCCESS");
  CHECK(listed(host).empty());
  const std::string log = host.process().errors();
  CHECK(log.find("warn config: without meaning here: multiurisrcbin.enable-error-propagation, "
                 "multiurisrcbin.config-file-path, "
                 "tiler.width, tiler.height, sink.qos, primary-gie.plugin-type, "
                 "primary-gie.config-file-path, analytics.enable, analytics.config-file\n") !=
        std::string::npos);
  CHECK(log.find("warn config: osd.process-mode 1 ") != std::string::npos);
}

TEST_CASE("the port and address of the file are listened on, and options win over the file") {
  const int port = BadServer(always("")).port();
  const std::string file =
      writeFile("port.yml", "multiurisrcbin:\n  port: 127.0.0.1:" + std::to_string(port) +
                                "\n  max-batch-size: 5\n");
  Process process({pipelineBinary(), "--rtsp-port", "0", "--max-sources", "3", "--token-file",
                   tokenFile(), "--config", file});
  CHECK(parseJson(process.readLine())["port"] == port);
  const HttpAnswer about = request(port, "GET", "/api/v1/sightline/about", "",
                                   {{"Authorization", std::string("Bearer ") + token}});
  CHECK(parseJson(about.body)["maxSources"] == 3);
  process.signal(SIGTERM);
  CHECK(process.wait() == 0);
}

TEST_CASE("every output has the size of the file, whatever its camera sends") {
  NumberedCameras numbered(1);
  Cameras small(1, {"--size", "160x120"});
  Host host({numbered.port(), small.port()},
            withBin("width: 320, height: 180, uri-list: '" + numbered.url(1) + "," + small.url(1) +
                    "', sensor-id-list: 'numbered,small'"));
  REQUIRE(host.waitForFrames("numbered", 1));
  REQUIRE(host.waitForFrames("small", 1));
  const auto snapshot = [&](const std::string& cameraId) {
    return decodeJpeg(host.get("/sightline/streams/" + cameraId + "/snapshot.jpg").body);
  };
  for (const std::string cameraId : {"numbered", "small"}) {
    CAPTURE(cameraId);
    CHECK(snapshot(cameraId).width == 320);
    CHECK(snapshot(cameraId).height == 180);
  }
  CHECK(host.stream("numbered")["width"] == 640);
  CHECK(host.stream("small")["width"] == 160);
  numbered.pause(1);
  CHECK(waitFor([&] { return readNumber(snapshot("numbered")) == numbered.sent(1).number; }));
}

TEST_CASE("the cameras of the file are listed as DeepStream does, and can be removed") {
  Cameras cameras(3);
  Host host({cameras.port()},
            withBin("uri-list: '" + cameras.url(1) + ", " + cameras.url(2) + ", " + cameras.url(3) +
                    "', sensor-id-list: 'first,,third', sensor-name-list: 'Front Door,Yard', "
                    "max-batch-size: 3"));
  CHECK(listed(host) == "third||2 uri-list-2|Yard|1 first|Front Door|0 ");
  for (const std::string cameraId : {"first", "uri-list-2", "third"}) {
    CHECK(host.waitForFrames(cameraId, 3));
  }
  CHECK(host.add("fourth", cameras.url(1)) ==
        "STREAM_ADD_FAIL, Active sources exceded max-batch-size of nvstreammux");
  CHECK(host.remove("uri-list-2", cameras.url(2)) == "STREAM_REMOVE_SUCCESS");
  CHECK(listed(host) == "third||2 first|Front Door|0 ");
}

TEST_CASE("without drop-pipeline-eos the host ends with its sources, and with it goes on") {
  const std::string uris = recording("short.mp4", 30) + "," + recording("longer.mp4", 90);
  const std::string list = "uri-list: '" + uris + "', sensor-id-list: 'short,longer', ";
  Process ending({pipelineBinary(), "--port", "0", "--rtsp-port", "0", "--media-dir", scratch(),
                  "--config",
                  writeFile("ending.yml", "multiurisrcbin: {" + list + "drop-pipeline-eos: 0}")});
  REQUIRE(parseJson(ending.readLine())["ready"].asBool());
  CHECK(ending.wait() == 0);
  CHECK(ending.errors().find("host: all sources have ended") != std::string::npos);

  Host staying({}, withBin(list + "drop-pipeline-eos: 1", {"--media-dir", scratch()}));
  CHECK(staying.waitForState("short", "ended"));
  CHECK(staying.waitForState("longer", "ended"));
  CHECK(listed(staying) == "longer||1 short||0 ");
}

TEST_CASE("a host that ends with its sources waits for the last of them") {
  Cameras cameras;
  const std::string file = recording("early.mp4", 20);
  Host host({cameras.port()}, withBin("drop-pipeline-eos: 0, uri-list: '" + file + "," +
                                          cameras.url(1) + "', sensor-id-list: 'file,camera'",
                                      {"--media-dir", scratch()}));
  REQUIRE(host.waitForState("file", "ended"));
  REQUIRE(host.waitForFrames("camera", host.frames("camera") + 10));
  CHECK(host.remove("camera", cameras.url(1)) == "STREAM_REMOVE_SUCCESS");
  CHECK(host.process().wait() == 0);
}

TEST_CASE("a host without sources yet waits for the first") {
  Cameras cameras;
  Host host({cameras.port()}, withBin("drop-pipeline-eos: 0"));
  CHECK(host.add("camera", cameras.url(1)) == "STREAM_ADD_SUCCESS");
  CHECK(host.waitForFrames("camera", 3));
  CHECK(host.remove("camera", cameras.url(1)) == "STREAM_REMOVE_SUCCESS");
  CHECK(listed(host).empty());
}

TEST_CASE("with a reconnect interval of 0 a source that fails is removed") {
  Cameras cameras;
  BadServer refusing(always("RTSP/1.0 404 Not Found\r\nCSeq: 1\r\n\r\n"));
  Host host({cameras.port(), refusing.port()},
            withBin("rtsp-reconnect-interval: 0", {"--media-dir", scratch()}));
  const std::string wrong = "rtsp://127.0.0.1:" + std::to_string(refusing.port()) + "/x";
  for (const auto& [id, url, code] :
       {std::tuple("wrong", wrong, "stream.source-not-found"),
        {"no file", "file://" + scratch() + "/none.mp4", "stream.source-not-found"}}) {
    CAPTURE(id);
    CHECK(host.add(id, url) == "STREAM_ADD_SUCCESS");
    REQUIRE(waitForRemoval(host, id));
    CHECK(removal(host, id)["reason"] == "source-failed");
    CHECK(removal(host, id)["error"]["code"] == code);
    CHECK(host.eventKinds(id) == "added removed");
    CHECK(host.remove(id, url) ==
          "STREAM_REMOVE_FAIL, No record found. Failed to remove source stream");
  }
  host.add("good", cameras.url(1));
  REQUIRE(host.waitForFrames("good", 5));
  cameras.process().signal(SIGKILL);
  REQUIRE(waitForRemoval(host, "good"));
  CHECK(removal(host, "good")["reason"] == "source-failed");
  CHECK(host.add("good", wrong) == "STREAM_ADD_SUCCESS");
}

TEST_CASE("after so many attempts in vain a source is removed") {
  std::atomic<int> connects{0};
  BadServer refusing([&connects](const std::string& request) {
    connects += request.starts_with("OPTIONS") ? 1 : 0;
    return std::string("RTSP/1.0 404 Not Found\r\nCSeq: 1\r\n\r\n");
  });
  Host host({refusing.port()},
            withBin("rtsp-reconnect-interval: 1, rtsp-reconnect-attempts: 2, sensor-id-list: gone, "
                    "uri-list: rtsp://127.0.0.1:" +
                    std::to_string(refusing.port()) + "/x"));
  REQUIRE(waitForRemoval(host, "gone"));
  CHECK(connects == 3);
  CHECK(host.eventKinds("gone") == "added error retrying removed");
  CHECK(removal(host, "gone")["reason"] == "attempts-exceeded");
  CHECK(removal(host, "gone")["error"]["code"] == "stream.source-not-found");
  CHECK(host.process().errors().find("given up") != std::string::npos);
}

TEST_CASE("attempts are counted anew once pictures have come") {
  NumberedCameras cameras(1);
  Host host({cameras.port()}, withBin("rtsp-reconnect-interval: 1, rtsp-reconnect-attempts: 1"));
  host.add("camera", cameras.url(1));
  REQUIRE(host.waitForFrames("camera", 1));
  for (const int restarts : {1, 2}) {
    cameras.pause(1);
    // Its silence is noticed after a second, and not after five.
    REQUIRE(host.waitForState("camera", "retrying"));
    cameras.resume(1);
    REQUIRE(host.waitForState("camera", "running"));
    CHECK(host.stream("camera")["restarts"] == restarts);
  }
}

TEST_CASE("without an encoder there are pictures, but no output") {
  Cameras cameras;
  Host host({cameras.port()}, withConfig("encoder: {enable: 0}\nosd: {process-mode: 0}\n",
                                         {"--recordings-dir", scratch()}));
  host.add("camera", cameras.url(1));
  REQUIRE(host.waitForFrames("camera", 5));
  CHECK(host.get("/sightline/streams/camera/snapshot.jpg").status == 200);
  const Json::Value stream = host.stream("camera");
  CHECK(stream["output"]["rtspUrl"] == "");
  CHECK(stream["output"]["idrFrames"] == 0);
  CHECK(stream["applied"]["detection"]["osd"] == true);
  checkRefused(host, "/enc/force-idr", R"("force_idr":1)",
               "FORCE_IDR_UPDATE_FAIL, nv-enc-force-idr event not pushed");
  CHECK(host.post("/conv/flip-method", R"({"stream":{"stream_id":"0","flip_method":4}})").status ==
        200);
  const HttpAnswer recording =
      host.put("/sightline/streams/camera/output", R"({"recording":"camera.mkv"})");
  CHECK(recording.status == 501);
  CHECK(parseJson(recording.body)["message"] ==
        "the configuration file has switched the encoder off");
  for (const char* body : {R"({"codec":"h265"})", R"({"iframeInterval":5})"}) {
    CHECK(host.put("/sightline/streams/camera/output", body).status == 501);
  }
  Connection rtsp(host.rtspPort());
  rtsp.send("DESCRIBE rtsp://127.0.0.1:" + std::to_string(host.rtspPort()) +
            "/camera RTSP/1.0\r\nCSeq: 1\r\n\r\n");
  CHECK(rtsp.readUntil("\r\n").starts_with("RTSP/1.0 404 "));
}

TEST_CASE("the codec of the file is that of every output") {
  Cameras cameras;
  Host host({cameras.port()}, withConfig("encoder: {enable: 1, codec: 2}\n"));
  host.add("camera", cameras.url(1));
  REQUIRE(host.waitForOutput("camera"));
  CHECK(host.stream("camera")["applied"]["codec"] == "h265");
  CHECK(host.stream("camera")["applied"]["detection"]["osd"] == false);
  RtspViewer viewer(host.stream("camera")["output"]["rtspUrl"].asString(),
                    sightline::VideoCodec::h265);
  CHECK(viewer.next() == true);
  CHECK(viewer.next() == false);
}

TEST_CASE("in the application's mode there are no streaming cameras and no GETs") {
  Cameras cameras;
  const std::string file = "rest-server: {within_multiurisrcbin: 0}\n"
                           "server-app-ctx: {maxBatchSize: 2, uri_list: '" +
                           cameras.url(1) + "'}\nmultiurisrcbin: {max-batch-size: 7}\n";
  const auto change = [&](const std::string& kind) {
    return R"({"event":{"camera_id":"late","camera_url":")" + cameras.url(1) + R"(","change":")" +
           kind + "\"}}";
  };
  Host host({cameras.port()}, withConfig(file));
  CHECK(host.waitForFrames("uri-list-1", 3));
  CHECK(parseJson(host.get("/sightline/about").body)["maxSources"] == 2);
  const HttpAnswer streaming = host.post("/stream/add", change("camera_streaming"));
  CHECK(streaming.status == 400);
  CHECK(reasonOf(streaming) == "Sensor API change string not supported");
  const HttpAnswer info = host.get("/stream/get-stream-info");
  CHECK(info.status == 500);
  CHECK(reasonOf(info) == "Unable to fetch the live stream data");
  CHECK(request(host.port(), "GET", "/ready").status == 500);
  CHECK(reasonOf(host.post("/stream/add", change("camera_add"))) == "STREAM_ADD_SUCCESS");
  CHECK(host.remove("late", cameras.url(1)) == "STREAM_REMOVE_SUCCESS");

  Host exact({cameras.port()},
             withConfig(file, {"--profile", "9.1", "--wire-status", "always-200"}));
  CHECK(
      exact.get("/stream/get-stream-info").body ==
      "{\n\t\"reason\" : \"\",\n\t\"status\" : \"HTTP/1.1 200 OK\",\n\t\"stream-info\" : null\n}");
  CHECK(reasonOf(exact.post("/stream/add", change("camera_streaming"))) ==
        "Sensor API change string not supported");
  CHECK(exact.remove("late", cameras.url(1)).empty());
}

TEST_CASE("a file that cannot be used ends the host with one line that says why") {
  const std::string secret = "rtsp://user:hunter2@10.0.0.1/x";
  const auto line = [](std::vector<std::string> options) {
    options.insert(options.begin(), {pipelineBinary(), "--port", "0", "--rtsp-port", "0"});
    Process process(options);
    CHECK(process.wait() == 1);
    return process.errors();
  };
  const auto with = [&](const std::string& text) { return line(withConfig(text)); };
  const std::string start = "sightline-pipeline: ";
  const std::string path = scratch() + "/dsserver_config.yml: ";
  const std::string unreadable =
      ": must be a regular file that can be read and has at most 65536 bytes\n";
  CHECK(line({"--config", "/none.yml"}) == start + "/none.yml" + unreadable);
  CHECK(line({"--config", scratch()}) == start + scratch() + unreadable);
  CHECK(with("#" + std::string(65536, 'x')) ==
        start + scratch() + "/dsserver_config.yml" + unreadable);
  CHECK(with("no YAML") == start + path + "must be YAML: line 1: a key and a colon are expected\n");
  CHECK(with("encoder:\n  enable: yes\n") ==
        start + path + "encoder.enable: must be a number from 0 to 1\n");
  CHECK(with("multiurisrcbin: {max-batch-size: 1, uri-list: '" + secret + "," + secret + "'}") ==
        start + "uri-list must not be longer than max-batch-size or --max-sources, which is 1\n");
  CHECK(line({"--config", CONFIG_EXAMPLE}) ==
        start + "uri-list: URI 1: this host has no media folder (--media-dir), so it takes no file "
                "URLs\n");
  CHECK(with("multiurisrcbin: {uri-list: '" + secret + ",http://user:hunter2@10.0.0.1/x'}") ==
        start +
            "uri-list: URI 2: only rtsp, rtspt, rtspu, rtsps, file and fake URLs are sources\n");
  CHECK(with("multiurisrcbin: {ip-address: 0.0.0.0}") ==
        start + "beyond loopback a --token-file is required\n");
}

TEST_SUITE_END();
