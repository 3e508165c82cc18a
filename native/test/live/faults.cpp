// Cameras that are wrong, go away or fall silent.
#include "support/rig.h"

#include <doctest/doctest.h>

#include <arpa/inet.h>
#include <array>
#include <csignal>
#include <functional>
#include <memory>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

using namespace test;

TEST_SUITE_BEGIN("faults");

namespace {

// A server that answers each request of a client with what `reply` makes of it; an empty reply
// closes the connection.
class Server {
 public:
  using Reply = std::function<std::string(const std::string& request)>;

  explicit Server(Reply reply) : reply_(std::move(reply)) {
    sockaddr_in where{};
    where.sin_family = AF_INET;
    inet_pton(AF_INET, "127.0.0.1", &where.sin_addr);
    bind(fd_, reinterpret_cast<const sockaddr*>(&where), sizeof where);
    ::listen(fd_, 5);
    thread_ = std::thread([this] { serve(); });
  }
  ~Server() {
    shutdown(fd_, SHUT_RDWR);
    thread_.join();
    close(fd_);
  }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  int port() const {
    sockaddr_in where{};
    socklen_t size = sizeof where;
    getsockname(fd_, reinterpret_cast<sockaddr*>(&where), &size);
    return ntohs(where.sin_port);
  }

 private:
  // One client at a time.
  void serve() {
    for (int client = accept(fd_, nullptr, nullptr); client >= 0;
         client = accept(fd_, nullptr, nullptr)) {
      char request[4096];
      ssize_t got = recv(client, request, sizeof request, 0);
      while (got > 0) {
        const std::string answer = reply_(std::string(request, static_cast<std::size_t>(got)));
        if (answer.empty()) {
          break;
        }
        ::send(client, answer.data(), answer.size(), MSG_NOSIGNAL);
        got = recv(client, request, sizeof request, 0);
      }
      close(client);
    }
  }

  const Reply reply_;
  int fd_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  std::thread thread_;
};

Server::Reply always(const std::string& bytes) {
  return [bytes](const std::string&) { return bytes; };
}

// Speaks RTSP up to PLAY and then sends no picture.
std::string muteCamera(const std::string& request) {
  const std::string sequence =
      request.substr(request.find("CSeq: "),
                     request.find("\r\n", request.find("CSeq: ")) - request.find("CSeq: "));
  const std::string head = "RTSP/1.0 200 OK\r\n" + sequence + "\r\n";
  if (request.starts_with("DESCRIBE")) {
    const std::string sdp =
        "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=mute\r\nt=0 0\r\nm=video 0 RTP/AVP 96\r\n"
        "a=rtpmap:96 H264/90000\r\na=control:video\r\n";
    return head + "Content-Type: application/sdp\r\nContent-Length: " + std::to_string(sdp.size()) +
           "\r\n\r\n" + sdp;
  }
  if (request.starts_with("SETUP")) {
    return head + "Session: 1\r\nTransport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n\r\n";
  }
  return head + "Session: 1\r\nPublic: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN\r\n\r\n";
}

int freePort() {
  return Server(always("")).port();
}

std::string rtsp(int port, const std::string& rest = "/camera-1") {
  return "rtsp://127.0.0.1:" + std::to_string(port) + rest;
}

} // namespace

TEST_CASE("each kind of wrong source gets its code and disturbs nobody") {
  const std::string password = writeFile("password", "pa:ss/word");
  Cameras cameras;
  Cameras locked(1, {"--user", "vi@ewer", "--password-file", password});
  Cameras newer(1, {"--codec", "h265"});
  Server garbage(always("\x01\x02\x03 this is no RTSP\r\n\r\n"));
  Server redirecting(
      always("RTSP/1.0 302 Found\r\nCSeq: 1\r\nLocation: rtsp://127.0.0.1:1/x\r\n\r\n"));
  const int refused = freePort();
  writeFile("garbage.mp4", "this is no video at all, not even a little");
  Host host(
      {cameras.port(), locked.port(), newer.port(), garbage.port(), redirecting.port(), refused},
      {"--media-dir", scratch()});
  host.add("good", cameras.url(1));
  REQUIRE(host.waitForFrames("good", 1));

  const std::string lockedAt = "127.0.0.1:" + std::to_string(locked.port()) + "/camera-1";
  const std::vector<std::array<std::string, 3>> wrong{
      {"unknown path", rtsp(cameras.port(), "/camera-9"), "stream.source-not-found"},
      {"refused", rtsp(refused), "stream.source-unreachable"},
      {"no name", "rtsp://no-such-host.invalid/", "stream.source-unreachable"},
      {"no login", "rtsp://" + lockedAt, "stream.source-unauthorized"},
      {"wrong login", "rtsp://vi%40ewer:topsecret@" + lockedAt, "stream.source-unauthorized"},
      {"h265", newer.url(1), "stream.codec-unsupported"},
      {"garbage", rtsp(garbage.port()), "stream.source-invalid"},
      {"garbage file", "file://" + scratch() + "/garbage.mp4", "stream.source-invalid"},
      {"no file", "file://" + scratch() + "/none.mp4", "stream.source-not-found"},
      {"foreign file", "file:///etc/hostname", "stream.source-forbidden"},
      {"own loopback", "rtsp://127.0.0.1:1/", "stream.source-forbidden"},
      {"own name", "rtsp://localhost:1/", "stream.source-forbidden"},
      {"metadata", "rtsp://169.254.169.254/", "stream.source-forbidden"},
      {"other scheme", "http://127.0.0.1/", "stream.source-forbidden"},
      {"redirected", rtsp(redirecting.port()), "stream.source-forbidden"},
  };
  for (const auto& [id, url, code] : wrong) {
    CHECK(host.add(id, url) == "STREAM_ADD_SUCCESS");
  }
  for (const auto& [id, url, code] : wrong) {
    CAPTURE(id);
    CHECK(host.waitForError(id, code));
    CHECK(host.state(id) == "retrying");
    CHECK(host.frames(id) == 0);
    CAPTURE(host.stream(id).toStyledString());
  }
  host.add("right login", "rtsp://vi%40ewer:pa%3Ass%2Fword@" + lockedAt);
  CHECK(host.waitForFrames("right login", 3));
  CHECK(parseJson(host.get("/sightline/streams/refused/snapshot.jpg").body)["code"] ==
        "stream.no-frame");

  const auto before = host.frames("good");
  CHECK(host.waitForFrames("good", before + 15));
  CHECK(host.stream("good")["restarts"] == 0);
  CHECK(host.eventKinds("good") == "added running");
  const std::string log = host.process().errors();
  CHECK(log.find("topsecret") == std::string::npos);
  CHECK(log.find("ss%2Fword") == std::string::npos);
  CHECK(log.find("ss/word") == std::string::npos);
}

TEST_CASE("a camera that is killed and comes back is resumed") {
  auto cameras = std::make_unique<Cameras>();
  const int port = cameras->port();
  Host host({port});
  host.add("camera", cameras->url(1));
  REQUIRE(host.waitForFrames("camera", 5));
  cameras->process().signal(SIGKILL);
  cameras->process().wait();
  REQUIRE(host.waitForError("camera", "stream.source-unreachable"));
  CHECK(host.state("camera") == "retrying");
  CHECK(waitFor([&] { return host.stream("camera")["fps"].asDouble() == 0; }));
  const auto before = host.frames("camera");
  cameras = std::make_unique<Cameras>(1, std::vector<std::string>{}, port);
  REQUIRE(host.waitForState("camera", "running"));
  CHECK(host.waitForFrames("camera", before + 5));
  CHECK(host.stream("camera")["restarts"].asInt() >= 1);
  CHECK_FALSE(host.stream("camera").isMember("error"));
  CHECK(host.eventKinds("camera") == "added running error retrying resumed");
}

TEST_CASE("a silent camera is stalled, a mute one has no first frame, and others do not notice") {
  Cameras cameras(2);
  Server mute(muteCamera);
  Host host({cameras.port(), mute.port()});
  host.add("mute", rtsp(mute.port()));
  host.add("silent", cameras.url(1));
  host.add("other", cameras.url(2));
  REQUIRE(host.waitForFrames("silent", 5));
  cameras.command("freeze 1");
  REQUIRE(host.waitForError("silent", "stream.stalled"));
  REQUIRE(host.waitForState("silent", "retrying"));
  CHECK(host.eventKinds("silent") == "added running stalled retrying");
  cameras.command("thaw 1");
  REQUIRE(host.waitForState("silent", "running"));
  CHECK(host.eventKinds("silent") == "added running stalled retrying resumed");
  CHECK(host.state("mute") == "connecting");
  REQUIRE(host.waitForError("mute", "stream.no-first-frame"));
  CHECK(host.state("mute") == "retrying");
  CHECK(host.eventKinds("mute") == "added error retrying");
  CHECK(host.eventKinds("other") == "added running");
}

TEST_CASE("a camera whose stream is taken away says so") {
  Cameras cameras(2);
  Host host({cameras.port()});
  host.add("camera", cameras.url(1));
  REQUIRE(host.waitForFrames("camera", 2));
  cameras.command("remove 1");
  REQUIRE(host.waitForError("camera", "stream.source-not-found"));
  cameras.command("restore 1");
  REQUIRE(host.waitForState("camera", "running"));
}

TEST_SUITE_END();
