// Start and end of the host.
#include "support/rig.h"
#include "support/rtsp-viewer.h"

#include <doctest/doctest.h>

#include <csignal>
#include <filesystem>
#include <sys/stat.h>

using namespace test;

TEST_SUITE_BEGIN("lifecycle");

namespace {

bool answers(int port) {
  try {
    request(port, "GET", "/version");
    return true;
  } catch (const std::exception&) {
    return false;
  }
}

} // namespace

TEST_CASE("SIGTERM ends the host in order, with readers and viewers open") {
  Cameras cameras;
  Host host({cameras.port()});
  host.add("camera", cameras.url(1));
  REQUIRE(host.waitForOutput("camera"));
  RtspViewer viewer(host.stream("camera")["output"]["rtspUrl"].asString());
  REQUIRE(viewer.next());
  Connection events(host.port());
  events.send(
      "GET /api/v1/sightline/events?after=2 HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " +
      std::string(token) + "\r\n\r\n");
  events.readUntil("\r\n\r\n");
  host.process().signal(SIGTERM);
  CHECK(host.process().wait() == 0);
  CHECK(host.process().errors().find("hangs") == std::string::npos);
  const std::string rest = events.readAll();
  CHECK(rest.find("\"reason\":\"quit\"") != std::string::npos);
}

TEST_CASE("app/quit answers, then ends the host") {
  Host host({});
  const HttpAnswer answer = host.post("/app/quit", R"({"stream":{"app_quit":true}})");
  CHECK(answer.status == 200);
  CHECK(parseJson(answer.body)["reason"] == "QUIT_SUCCESS");
  CHECK(host.process().wait() == 0);
}

TEST_CASE("a taken port is a clear error") {
  Host host({});
  for (const std::string option : {"--port", "--rtsp-port"}) {
    const std::string other = option == "--port" ? "--rtsp-port" : "--port";
    const int taken = option == "--port" ? host.port() : host.rtspPort();
    Process second({pipelineBinary(), option, std::to_string(taken), other, "0"});
    CHECK(second.wait() == 1);
    CHECK(second.errors().find("is the port taken?") != std::string::npos);
  }
}

TEST_CASE("unsafe options are refused") {
  namespace fs = std::filesystem;
  const std::string open = writeFile("open-token", "x");
  fs::permissions(open, fs::perms::group_read, fs::perm_options::add);
  for (const std::vector<std::string>& options :
       std::vector<std::vector<std::string>>{{"--token-file", open},
                                             {"--token-file", scratch() + "/none"},
                                             {"--token-file", writeFile("empty-token", "")},
                                             {"--address", "0.0.0.0"},
                                             {"--address", "localhost"},
                                             {"--port", "70000"},
                                             {"--port"},
                                             {"--max-sources", "0"},
                                             {"--media-dir", scratch() + "/none"},
                                             {"--allow-source", "127.0.0.1"},
                                             {"--nonsense"}}) {
    std::vector<std::string> command{pipelineBinary()};
    command.insert(command.end(), options.begin(), options.end());
    Process process(command);
    CAPTURE(options.back());
    CHECK(process.wait() == 1);
    CHECK(process.errors().starts_with("sightline-pipeline: "));
  }
}

TEST_CASE("beyond loopback every route wants the token") {
  Host host({}, {"--address", "0.0.0.0"});
  CHECK(request(host.port(), "GET", "/version").status == 401);
  CHECK(request(host.port(), "GET", "/version", "",
                {{"Authorization", std::string("Bearer ") + token}})
            .status == 200);
}

TEST_CASE("the host ends with its parent, also when that went before the host began") {
  for (const bool isEarly : {false, true}) {
    CAPTURE(isEarly);
    const std::string input = scratch() + (isEarly ? "/early" : "/late");
    REQUIRE(mkfifo(input.c_str(), 0600) == 0);
    // The shell is the parent and alone holds the other end of the host's standard input: `cat`
    // ends when it is killed, and only then the host begins.
    Process shell({"/bin/sh", "-c",
                   "(" + std::string(isEarly ? "cat; " : "") + "exec " + pipelineBinary() +
                       " --port 0 --rtsp-port 0 --exit-with-parent) <" + input + " & exec 3>" +
                       input + "; echo started; wait"});
    REQUIRE(shell.readLine() == "started");
    std::string ready = isEarly ? "" : shell.readLine();
    shell.signal(SIGKILL);
    shell.wait();
    ready = isEarly ? shell.readLine() : ready;
    const Json::Value host = parseJson(ready);
    REQUIRE(host["ready"].asBool());
    const bool hasEnded = waitFor([&] { return !answers(host["port"].asInt()); });
    CHECK(hasEnded);
    if (!hasEnded) {
      kill(host["pid"].asInt(), SIGKILL);
    }
  }
}

TEST_SUITE_END();
