// What is recorded into files, and what is refused.
#include "noting-control.h"
#include "pipeline/recording-name.h"
#include "software/recording-file.h"

#include <doctest/doctest.h>
#include <json/reader.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <unistd.h>

using namespace sightline;
using namespace test;

namespace {

http::Response put(NotingHost& host, const std::string& body) {
  return host.ask("PUT", "/api/v1/sightline/streams/gate/output", body);
}

std::string codeOf(const http::Response& response) {
  Json::Value json;
  std::istringstream(response.body) >> json;
  return json["code"].asString();
}

} // namespace

TEST_CASE("the name of a recording is one plain segment with a known ending") {
  for (const char* good : {"a.mkv", "a.ts", "a b.mkv", "ü.mkv", "a..mkv", "-.ts"}) {
    CAPTURE(good);
    CHECK(isRecordingName(good));
  }
  for (const char* bad : {"", ".mkv", ".a.mkv", "../a.mkv", "a/b.mkv", "/a.mkv", "a\\b.mkv",
                          "a.mp4", "a.MKV", "a.mkv ", "a\nb.mkv"}) {
    CAPTURE(bad);
    CHECK_FALSE(isRecordingName(bad));
  }
  CHECK_FALSE(isRecordingName({"a\0.mkv", 6}));
  CHECK_FALSE(isRecordingName(std::string(252, 'a') + ".mkv"));
}

TEST_CASE("a recording never takes the place of a file or of what a link points at") {
  namespace fs = std::filesystem;
  const fs::path folder = fs::temp_directory_path() / ("sightline-rec-" + std::to_string(getpid()));
  fs::create_directories(folder / "recordings");
  std::ofstream(folder / "recordings" / "there.mkv") << "kept";
  fs::create_symlink(folder / "outside", folder / "recordings" / "link.mkv");
  const std::string recordings = (folder / "recordings").string();
  for (const char* taken : {"there.mkv", "link.mkv"}) {
    CAPTURE(taken);
    const auto result = RecordingFile::create(recordings, taken);
    const auto* refusal = std::get_if<RecordingFile::Refusal>(&result);
    REQUIRE(refusal != nullptr);
    CHECK(refusal->failure == RecordingFile::Failure::exists);
  }
  CHECK(fs::file_size(folder / "recordings" / "there.mkv") == 4);
  CHECK_FALSE(fs::exists(folder / "outside"));
  {
    const auto created = RecordingFile::create(recordings, "new.mkv");
    const auto& file = std::get<std::unique_ptr<RecordingFile>>(created);
    CHECK(fs::exists(folder / "recordings" / "new.mkv"));
    CHECK(file->bytes() == 0);
    CHECK(write(file->descriptor(), "abc", 3) == 3);
    CHECK(file->bytes() == 3);
    // Nothing is written into this one, and so it goes.
    const auto empty = RecordingFile::create(recordings, "empty.mkv");
    CHECK(fs::exists(folder / "recordings" / "empty.mkv"));
  }
  CHECK(fs::file_size(folder / "recordings" / "new.mkv") == 3);
  CHECK_FALSE(fs::exists(folder / "recordings" / "empty.mkv"));
  const auto nowhere = RecordingFile::create((folder / "none").string(), "a.mkv");
  CHECK(std::get<RecordingFile::Refusal>(nowhere).failure == RecordingFile::Failure::failed);
  fs::remove_all(folder);
}

TEST_CASE("a change of the output is read strictly") {
  NotingHost host;
  for (const char* bad : {"",
                          "null",
                          "[]",
                          "{}",
                          "{",
                          "{\"codec\":\"vp8\"}",
                          "{\"codec\":null}",
                          "{\"codec\":1}",
                          "{\"recording\":\"\"}",
                          "{\"recording\":\"a\"}",
                          "{\"recording\":\"../a.mkv\"}",
                          "{\"recording\":7}",
                          "{\"recording\":[]}",
                          "{\"codec\":\"h264\",\"bitrate\":1}",
                          "{\"codec\":\"h264\"} x",
                          "{\"iframeInterval\":257}",
                          "{\"iframeInterval\":-1}",
                          "{\"iframeInterval\":1.5}",
                          "{\"iframeInterval\":\"1\"}",
                          "{\"iframeInterval\":true}",
                          "{\"iframeInterval\":[]}",
                          "{\"iframeInterval\":257,\"codec\":\"h264\"}"}) {
    CAPTURE(bad);
    const http::Response response = put(host, bad);
    CHECK(response.status == 400);
    CHECK(codeOf(response) == "input.invalid");
  }
  CHECK(put(host, std::string(5000, '[')).status == 400);
  CHECK(host.control.notes.empty());
  CHECK(put(host, R"({"codec":"h265","recording":"a.ts"})").status == 200);
  CHECK(put(host, R"({"recording":null})").status == 200);
  CHECK(put(host, R"({"codec":"mpeg4"})").status == 200);
  CHECK(put(host, R"({"iframeInterval":null})").status == 200);
  CHECK(put(host, R"({"iframeInterval":0})").status == 200);
  CHECK(put(host, R"({"codec":"h264","iframeInterval":256,"recording":"a.mkv"})").status == 200);
  CHECK(host.control.notes ==
        std::vector<std::string>{
            "output of gate: h265, a.ts", "output of gate: same codec, ",
            "output of gate: mpeg4, same recording",
            "output of gate: same codec, iframe-interval by time, same recording",
            "output of gate: same codec, iframe-interval 0, same recording",
            "output of gate: h264, iframe-interval 256, a.mkv"});
}

TEST_CASE("each outcome of a change of the output has its status and code") {
  NotingHost host;
  const auto outcome = [&](OutputResult result) {
    host.control.output = {result, "why"};
    const http::Response response = put(host, R"({"recording":"a.mkv"})");
    return std::to_string(response.status) + " " + codeOf(response);
  };
  CHECK(outcome(OutputResult::unknownStream) == "404 stream.not-found");
  CHECK(outcome(OutputResult::unsupported) == "501 native.refused");
  CHECK(outcome(OutputResult::exists) == "409 stream.recording-exists");
  CHECK(outcome(OutputResult::failed) == "503 stream.recording-failed");
  CHECK(outcome(OutputResult::done) == "200 ");
}
