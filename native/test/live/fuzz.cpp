// Made-up requests by the thousand: each is answered in form, none is a false success, the host and
// its video go on. SIGHTLINE_INPUT_RUNS makes it longer, SIGHTLINE_INPUT_SEED begins elsewhere.
#include "support/request-maker.h"
#include "support/rig.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <set>

using namespace test;

TEST_SUITE_BEGIN("fuzz");

namespace {

constexpr unsigned sources = 4;

unsigned number(const char* name, unsigned otherwise) {
  const char* text = std::getenv(name);
  return text != nullptr ? static_cast<unsigned>(std::strtoul(text, nullptr, 10)) : otherwise;
}

HttpAnswer exchangeMade(const Host& host, const MadeRequest& made) {
  Connection connection(host.port(), childLimit());
  connection.send(made.bytes);
  connection.endSending();
  return readAnswer(connection);
}

// The cameras that there are, by what the answers say of them.
class Book {
 public:
  explicit Book(std::set<std::string> ids) : ids_(std::move(ids)) {}

  void enter(const std::string& body, const std::string& reason) {
    if (reason != "STREAM_ADD_SUCCESS" && reason != "STREAM_REMOVE_SUCCESS") {
      return;
    }
    const Json::Value root = parseJson(body);
    const std::string id = root[root.isMember("value") ? "value" : "event"]["camera_id"].asString();
    CHECK((reason == "STREAM_ADD_SUCCESS" ? ids_.insert(id).second : ids_.erase(id) == 1));
  }
  // One was removed; which, the damaged bytes of the request need not say.
  void enterRemoval(const std::set<std::string>& left) {
    REQUIRE(left.size() + 1 == ids_.size());
    REQUIRE(std::includes(ids_.begin(), ids_.end(), left.begin(), left.end()));
    ids_ = left;
  }
  const std::set<std::string>& ids() const { return ids_; }

 private:
  std::set<std::string> ids_;
};

std::set<std::string> listed(const Host& host) {
  const Json::Value info = parseJson(host.get("/stream/get-stream-info").body);
  std::set<std::string> ids;
  for (const Json::Value& stream : info["stream-info"]["stream-info"]) {
    ids.insert(stream["camera_id"].asString());
  }
  CHECK(info["stream-info"]["stream-count"].asUInt() == ids.size());
  return ids;
}

// An envelope says on the wire what it says inside, and gives a reason for it.
void checkEnvelope(const Json::Value& answer, int wireStatus, const MadeRequest& made,
                   bool isAlways200) {
  const std::string status = answer["status"].asString();
  const std::string reason = answer["reason"].asString();
  const bool isSuccess = status == "HTTP/1.1 200 OK";
  REQUIRE((isAlways200 || status.starts_with("HTTP/1.1 " + std::to_string(wireStatus) + " ")));
  REQUIRE(reason != "the request failed");
  REQUIRE((!isSuccess || made.maySucceed));
  // Releases up to 8.0 remove nothing so.
  const bool isSilent = isAlways200 && reason.empty();
  REQUIRE(isSuccess == (isSilent || reason.find("_SUCCESS") != std::string::npos));
}

void checkAnswer(const Host& host, const MadeRequest& made, Book& book, bool isAlways200) {
  CAPTURE(made.bytes);
  const HttpAnswer answer = exchangeMade(host, made);
  CAPTURE(answer.body);
  if (answer.status < 200 && !made.isHttp) {
    // Civetweb closes the connection, or calls it an error behind what it has read as the version.
    REQUIRE(answer.body.find("_SUCCESS") == std::string::npos);
    return;
  }
  REQUIRE(answer.status >= 200);
  REQUIRE(answer.status <= 505);
  REQUIRE((answer.status >= 400 || !made.isForeign));
  REQUIRE(answer.body.find("\"code\":\"internal\"") == std::string::npos);
  if (answer.body.starts_with("{\n\t\"") && answer.body.find("\"reason\"") != std::string::npos) {
    const Json::Value envelope = parseJson(answer.body);
    checkEnvelope(envelope, answer.status, made, isAlways200);
    book.enter(made.body, envelope["reason"].asString());
    return;
  }
  REQUIRE_FALSE(made.isEnveloped);
  if (answer.status == 204) {
    book.enterRemoval(listed(host));
  }
  // NVIDIA's way to say that the method is wrong.
  const bool isNull = isAlways200 && answer.body == "null";
  REQUIRE((answer.status >= 400 || isNull || made.maySucceed));
}

struct Run {
  unsigned requests = 0;
  unsigned seed = 0;
  bool isAlways200 = false;
};

void run(const Host& host, const Run& run) {
  CAPTURE(run.seed);
  RequestMaker maker(run.seed, sources);
  Book book(listed(host));
  for (unsigned made = 0; made < run.requests; ++made) {
    checkAnswer(host, maker.make(), book, run.isAlways200);
  }
  CHECK(listed(host) == book.ids());
}

unsigned seed() {
  return number("SIGHTLINE_INPUT_SEED", 3);
}
unsigned times() {
  return number("SIGHTLINE_INPUT_RUNS", 1);
}

} // namespace

TEST_CASE("made-up requests neither end the host nor its video, and none succeeds falsely") {
  Cameras cameras;
  writeFile("tracker.yml", "TargetManagement:\n  probationAge: 3\n");
  Host host({cameras.port()}, {"--max-sources", std::to_string(sources), "--media-dir", scratch(),
                               "--analytics-dir", scratch(), "--recordings-dir", scratch()});
  REQUIRE(host.add("real", cameras.url(1)) == "STREAM_ADD_SUCCESS");
  REQUIRE(host.waitForOutput("real"));
  run(host, {3000 * times(), seed()});
  for (const char* setting : {R"(dec/drop-frame-interval {"drop_frame_interval":0,)",
                              R"(dec/skip-frames {"skip_frames":0,)"}) {
    const std::string text = setting;
    const std::size_t space = text.find(' ');
    host.post("/" + text.substr(0, space),
              "{\"stream\":" + text.substr(space + 1) + "\"stream_id\":0}}");
  }
  CHECK(host.waitForFrames("real", host.frames("real") + 10));
}

TEST_CASE("made-up requests find nothing in the other releases and forms") {
  for (const std::string profile : {"7.1", "9.1"}) {
    CAPTURE(profile);
    const bool isAlways200 = profile == "7.1";
    Host host({}, {"--max-sources", std::to_string(sources), "--media-dir", scratch(), "--profile",
                   profile, "--wire-status", isAlways200 ? "always-200" : "body"});
    run(host, {1000 * times(), seed() + 1, isAlways200});
  }
}

TEST_SUITE_END();
