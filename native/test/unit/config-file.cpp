#include "config-file.h"

#include "pipeline/limits.h"

#include <doctest/doctest.h>

#include <utility>

using namespace sightline;

namespace {

// A file with these lines in that group.
HostConfig inGroup(const std::string& group, const std::string& lines) {
  std::string text = group + ":\n";
  for (std::size_t begin = 0; begin < lines.size();) {
    const std::size_t end = std::min(lines.find('\n', begin), lines.size());
    text += "  " + lines.substr(begin, end - begin) + "\n";
    begin = end + 1;
  }
  return parseConfigFile(text);
}

HostConfig inBin(const std::string& lines) {
  return inGroup("multiurisrcbin", lines);
}

HostConfig inApplication(const std::string& lines) {
  return parseConfigFile("server-app-ctx: {" + lines +
                         "}\nrest-server:\n  within_multiurisrcbin: 0\n");
}

std::string mistake(const std::string& text) {
  try {
    parseConfigFile(text);
  } catch (const ConfigMistake& mistake) {
    return mistake.what();
  }
  return "none";
}

std::string words(const std::vector<AddStream>& streams) {
  std::string result;
  for (const AddStream& stream : streams) {
    result += stream.cameraId + "|" + stream.cameraName + "|" + stream.url + " ";
  }
  return result;
}

} // namespace

TEST_CASE("a key that the file does not have keeps the default of a host without a file") {
  const HostConfig config = parseConfigFile("sink:\n");
  CHECK(config.withinMultiurisrcbin);
  CHECK(config.address == "127.0.0.1");
  CHECK(config.port == 9000);
  CHECK(config.streams.empty());
  CHECK_FALSE(config.endsWithSources);
  CHECK(config.warnings.empty());
  CHECK(config.backend.maxSources == 64);
  CHECK_FALSE(config.backend.outputSize.isSet());
  CHECK(config.backend.converts);
  CHECK(config.backend.encodes);
  CHECK(config.backend.codec == VideoCodec::h264);
  CHECK_FALSE(config.backend.osdProcessor);
  CHECK(config.backend.labels);
  CHECK_FALSE(config.backend.batchedPushTimeout);
  CHECK_FALSE(config.backend.reconnection.refusal(1000));
  CHECK(config.backend.reconnection.silence() == limits::stallTimeout);
}

TEST_CASE("the keys of multiurisrcbin") {
  CHECK(inBin("port: 9001").port == 9001);
  CHECK(inBin("port: \"9002\"").port == 9002);
  CHECK(inBin("ip-address: 10.1.2.3").address == "10.1.2.3");
  const HostConfig both = inBin("port: 127.0.0.2:9003\nip-address: 10.1.2.3");
  CHECK(both.address == "127.0.0.2");
  CHECK(both.port == 9003);
  CHECK(inBin("max-batch-size: 8").backend.maxSources == 8);
  const HostConfig size = inBin("width: 1920\nheight: 1080");
  CHECK(size.backend.outputSize.width == 1920);
  CHECK(size.backend.outputSize.height == 1080);
  CHECK_FALSE(inBin("width: 0\nheight: 0").backend.outputSize.isSet());
  CHECK(inBin("batched-push-timeout: 33333").backend.batchedPushTimeout->microseconds == 33333);
  CHECK(inBin("batched-push-timeout: -1").backend.batchedPushTimeout->microseconds == -1);
  CHECK(inBin("drop-pipeline-eos: 0").endsWithSources);
  CHECK_FALSE(inBin("drop-pipeline-eos: 1").endsWithSources);
  CHECK_FALSE(inBin("live-source: 0").backend.liveSource);
  CHECK(inBin("live-source: 1").backend.liveSource);
  CHECK_FALSE(inBin("disable-passthrough: 0").backend.converts);
  CHECK(inBin("disable-passthrough: 1").backend.converts);
}

TEST_CASE("the reconnections of multiurisrcbin") {
  const Reconnection off = inBin("rtsp-reconnect-interval: 0").backend.reconnection;
  CHECK(off.refusal(0) == RemoveReason::sourceFailed);
  CHECK(off.silence() == limits::stallTimeout);
  const Reconnection thrice =
      inBin("rtsp-reconnect-interval: 7\nrtsp-reconnect-attempts: 3").backend.reconnection;
  CHECK(thrice.silence() == std::chrono::seconds(7));
  CHECK(thrice.interval == std::chrono::seconds(7));
  CHECK_FALSE(thrice.refusal(2));
  CHECK(thrice.refusal(3) == RemoveReason::attemptsExceeded);
  CHECK_FALSE(inBin("rtsp-reconnect-attempts: -1").backend.reconnection.refusal(100'000));
  CHECK(inBin("rtsp-reconnect-attempts: 0").backend.reconnection.refusal(0) ==
        RemoveReason::attemptsExceeded);
}

TEST_CASE("a list of URIs with ids and names, and without") {
  CHECK(words(inBin("uri-list: rtsp://a/1,rtsp://b/2\nsensor-id-list: x, y\n"
                    "sensor-name-list: First Door,Yard")
                  .streams) == "x|First Door|rtsp://a/1 y|Yard|rtsp://b/2 ");
  CHECK(words(inBin("uri-list: file:///a , file:///b, file:///c\nsensor-id-list: ',y'").streams) ==
        "uri-list-1||file:///a y||file:///b uri-list-3||file:///c ");
  CHECK(inBin("uri-list:\nsensor-id-list: ''").streams.empty());
}

TEST_CASE("the keys of server-app-ctx count in its mode only, and those of the other do not") {
  const HostConfig config = inApplication(
      "uri_list: 'rtsp://a/1', httpIp: localhost, httpPort: \"9004\", pipeline_width: 640, "
      "pipeline_height: 480, maxBatchSize: 3, batched_push_timeout: 5, drop_pipeline_eos: 0");
  CHECK_FALSE(config.withinMultiurisrcbin);
  CHECK(config.address == "127.0.0.1");
  CHECK(config.port == 9004);
  CHECK(config.backend.outputSize.width == 640);
  CHECK(config.backend.outputSize.height == 480);
  CHECK(config.backend.maxSources == 3);
  CHECK(config.backend.batchedPushTimeout->microseconds == 5);
  CHECK(config.endsWithSources);
  CHECK(words(config.streams) == "uri-list-1||rtsp://a/1 ");
  const HostConfig other =
      parseConfigFile("multiurisrcbin: {port: 1}\nserver-app-ctx: {httpPort: 2, odd: 3}\n");
  CHECK(other.port == 1);
  CHECK(other.warnings.empty());
  CHECK(
      parseConfigFile("multiurisrcbin: {port: x}\nrest-server: {within_multiurisrcbin: 0}").port ==
      9000);
}

TEST_CASE("the keys of encoder and osd") {
  CHECK_FALSE(inGroup("encoder", "enable: 0").backend.encodes);
  CHECK(inGroup("encoder", "enable: 1").backend.encodes);
  CHECK(inGroup("encoder", "codec: 1").backend.codec == VideoCodec::h264);
  CHECK(inGroup("encoder", "codec: 2").backend.codec == VideoCodec::h265);
  CHECK(inGroup("encoder", "codec: 3").backend.codec == VideoCodec::mpeg4);
  CHECK(inGroup("osd", "process-mode: 0").backend.osdProcessor == OsdProcessor::cpu);
  const HostConfig gpu = inGroup("osd", "process-mode: 1\ndisplay-text: 0");
  CHECK(gpu.backend.osdProcessor == OsdProcessor::gpu);
  CHECK_FALSE(gpu.backend.labels);
  REQUIRE(gpu.warnings.size() == 1);
  CHECK(gpu.warnings[0].starts_with("osd.process-mode 1 "));
}

TEST_CASE("keys without meaning are named in one warning, each once") {
  const HostConfig config =
      parseConfigFile("multiurisrcbin:\n  gpu-id: 1\n  prot: 9\ntiler: {width: 1280}\n"
                      "sink: {qos: [1]}\nprimary-gie:\n  a: {b: 1, c: 2}\nmine: {x: 1}\nown: 1\n");
  REQUIRE(config.warnings.size() == 1);
  CHECK(config.warnings[0] ==
        "without meaning here: multiurisrcbin.gpu-id, multiurisrcbin.prot, tiler.width, "
        "sink.qos, primary-gie.a, mine.x, own");
}

TEST_CASE("a mistake names its key and what is allowed, and never what stands there") {
  const std::vector<std::pair<std::string, std::string>> mistakes{
      {"rest-server: {within_multiurisrcbin: 2}",
       "rest-server.within_multiurisrcbin: must be a number from 0 to 1"},
      {"multiurisrcbin: {port: 0}",
       "multiurisrcbin.port: must be from 1 to 65535; 0 would be no REST server, and then nothing "
       "could be controlled"},
      {"multiurisrcbin: {port: 65536}", "multiurisrcbin.port: must be a number from 1 to 65535"},
      {"multiurisrcbin: {port: '127.0.0.1:'}",
       "multiurisrcbin.port: must be a number from 1 to 65535"},
      {"multiurisrcbin: {port: 'box:9000'}",
       "multiurisrcbin.port: must be localhost or an IPv4 address"},
      {"multiurisrcbin: {port: 9e3}", "multiurisrcbin.port: must be a number from 1 to 65535"},
      {"multiurisrcbin: {ip-address: box}",
       "multiurisrcbin.ip-address: must be localhost or an IPv4 address"},
      {"multiurisrcbin: {max-batch-size: 0}",
       "multiurisrcbin.max-batch-size: must be a number from 1 to 1024"},
      {"multiurisrcbin: {width: 641, height: 480}",
       "multiurisrcbin.width: must be 0, for the size of the source, or an even number from 16 to "
       "8192"},
      {"multiurisrcbin: {height: 480}",
       "multiurisrcbin.width: must be 0 exactly when multiurisrcbin.height is"},
      {"multiurisrcbin: {batched-push-timeout: -2}",
       "multiurisrcbin.batched-push-timeout: must be a number from -1 to 2147483647"},
      {"multiurisrcbin: {drop-pipeline-eos: true}",
       "multiurisrcbin.drop-pipeline-eos: must be a number from 0 to 1"},
      {"multiurisrcbin: {disable-passthrough: }",
       "multiurisrcbin.disable-passthrough: must be a number from 0 to 1"},
      {"multiurisrcbin: {rtsp-reconnect-interval: -1}",
       "multiurisrcbin.rtsp-reconnect-interval: must be a number from 0 to 86400"},
      {"multiurisrcbin: {rtsp-reconnect-attempts: -2}",
       "multiurisrcbin.rtsp-reconnect-attempts: must be a number from -1 to 2147483647"},
      {"multiurisrcbin: {uri-list: [a, b]}", "multiurisrcbin.uri-list: must be a single value"},
      {"multiurisrcbin: {uri-list: {a: b}}", "multiurisrcbin.uri-list: must be a single value"},
      {"multiurisrcbin: {uri-list: 'rtsp://a:secret@b,'}",
       "multiurisrcbin.uri-list: each URI must have 1 to 4096 characters; there is no comma at the "
       "end"},
      {"multiurisrcbin: {sensor-id-list: a}",
       "multiurisrcbin.sensor-id-list: must not be longer than uri-list"},
      {"multiurisrcbin: {uri-list: u, sensor-name-list: 'a,b'}",
       "multiurisrcbin.sensor-name-list: must not be longer than uri-list"},
      {"multiurisrcbin: {uri-list: 'u,v', sensor-id-list: 'a,a'}",
       "multiurisrcbin.sensor-id-list: each id must be there once and have at most 512 characters"},
      {"multiurisrcbin: {uri-list: 'u,v', sensor-id-list: uri-list-2}",
       "multiurisrcbin.sensor-id-list: each id must be there once and have at most 512 characters"},
      {"multiurisrcbin: {uri-list: u, sensor-name-list: " + std::string(513, 'n') + "}",
       "multiurisrcbin.sensor-name-list: each name must have at most 512 characters"},
      {"multiurisrcbin: {port: 1, port: 2}", "multiurisrcbin.port: must not be there twice"},
      {"multiurisrcbin: 5", "multiurisrcbin: must be a group of keys"},
      {"tiler: [1]", "tiler: must be a group of keys"},
      {"rest-server: {within_multiurisrcbin: 0}\nserver-app-ctx: {uri_list: 'u,v'}",
       "server-app-ctx.uri_list: must be a single URI in this mode"},
      {"rest-server: {within_multiurisrcbin: 0}\nserver-app-ctx: {httpPort: x}",
       "server-app-ctx.httpPort: must be a number from 1 to 65535"},
      {"encoder: {codec: 4}", "encoder.codec: must be a number from 1 to 3"},
      {"encoder: {enable: 2}", "encoder.enable: must be a number from 0 to 1"},
      {"osd: {process-mode: 2}", "osd.process-mode: must be a number from 0 to 1"},
      {"osd: {display-text: -1}", "osd.display-text: must be a number from 0 to 1"},
      {"", "must not be empty"},
      {"just words", "must be YAML: line 1: a key and a colon are expected"}};
  for (const auto& [text, expected] : mistakes) {
    CAPTURE(text);
    CHECK(mistake(text) == expected);
  }
  CHECK(mistake("osd: {").starts_with("must be YAML: line 1: "));
}
