// Cameras behind TLS and passwords; the certificates are made by the test.
#include "support/rig.h"

#include <doctest/doctest.h>

#include <array>
#include <fstream>
#include <sstream>

using namespace test;

TEST_SUITE_BEGIN("rtsps");

namespace {

void openssl(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {"/usr/bin/env", "openssl"});
  Process process(std::move(arguments));
  const int code = process.wait();
  const std::string said = process.errors();
  CAPTURE(said);
  REQUIRE(code == 0);
}

std::string readFile(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

// An authority of this test alone.
class Authority {
 public:
  explicit Authority(const std::string& name)
      : key_(scratch() + "/" + name + ".key"), file_(scratch() + "/" + name + ".pem") {
    make(key_, file_, {"-subj", "/CN=" + name, "-addext", "basicConstraints=critical,CA:TRUE"});
  }

  // PEM of its certificate.
  const std::string& file() const { return file_; }

  // A certificate and its key, for "DNS:localhost" and the like.
  std::string sign(const std::string& whom) const {
    const std::string base = scratch() + "/" + std::to_string(++signed_) + "-of-" + name();
    make(base + ".key", base + ".crt",
         {"-CA", file_, "-CAkey", key_, "-subj", "/CN=camera", "-addext", "subjectAltName=" + whom,
          "-addext", "basicConstraints=critical,CA:FALSE"});
    return writeFile(std::to_string(signed_) + "-of-" + name() + ".pem",
                     readFile(base + ".crt") + readFile(base + ".key"));
  }

 private:
  static void make(const std::string& key, const std::string& certificate,
                   const std::vector<std::string>& more) {
    std::vector<std::string> words{
        "req",      "-x509", "-newkey", "ec",      "-pkeyopt", "ec_paramgen_curve:prime256v1",
        "-nodes",   "-days", "2",       "-keyout", key,        "-out",
        certificate};
    words.insert(words.end(), more.begin(), more.end());
    openssl(words);
  }
  std::string name() const {
    return file_.substr(scratch().size() + 1, file_.size() - scratch().size() - 5);
  }

  const std::string key_;
  const std::string file_;
  mutable int signed_ = 0;
};

std::string at(const std::string& scheme, const std::string& host, const Cameras& cameras) {
  return scheme + "://" + host + ":" + std::to_string(cameras.port()) + "/camera-1";
}

} // namespace

TEST_CASE("a camera behind TLS runs when its certificate is for its name and well signed") {
  const Authority known("known");
  const Authority foreign("foreign");
  Cameras named(1, {"--certificate", known.sign("DNS:localhost")});
  Cameras numbered(1, {"--certificate", known.sign("IP:127.0.0.1")});
  Cameras unknown(1, {"--certificate", foreign.sign("DNS:localhost,IP:127.0.0.1")});
  Cameras plain;
  Host host({named.port(), numbered.port(), unknown.port(), plain.port()},
            {"--source-ca", known.file()});
  host.add("by name", at("rtsps", "localhost", named));
  host.add("by address", at("rtsps", "127.0.0.1", numbered));
  const std::vector<std::array<std::string, 3>> refused{
      {"name for an address", at("rtsps", "127.0.0.1", named), "it is for another host"},
      // What is connected to is this address, but what was asked for is another name.
      {"address for a name", at("rtsps", "localhost", numbered), "it is for another host"},
      {"unknown authority", at("rtsps", "localhost", unknown), "no authority"},
  };
  for (const auto& [id, url, why] : refused) {
    host.add(id, url);
  }
  host.add("no TLS at all", at("rtsps", "localhost", plain));
  CHECK(host.waitForFrames("by name", 10));
  CHECK(host.waitForFrames("by address", 10));
  for (const auto& [id, url, why] : refused) {
    CAPTURE(id);
    CHECK(host.waitForError(id, "stream.source-untrusted"));
    const std::string said = host.stream(id)["error"]["text"].asString();
    CAPTURE(said);
    CHECK(said.find(why) != std::string::npos);
    CHECK(host.frames(id) == 0);
    CHECK(host.state(id) == "retrying");
  }
  CHECK(host.waitForError("no TLS at all", "stream.source-unreachable"));
  CHECK(host.state("by name") == "running");
}

TEST_CASE("without the authority's certificate its cameras are refused, and a wrong file is said") {
  const Authority own("own");
  Cameras cameras(1, {"--certificate", own.sign("DNS:localhost")});
  {
    Host host({cameras.port()});
    host.add("camera", at("rtsps", "localhost", cameras));
    CHECK(host.waitForError("camera", "stream.source-untrusted"));
    CHECK(host.frames("camera") == 0);
  }
  const std::string empty = writeFile("no.pem", "no certificate\n");
  Process wrong({pipelineBinary(), "--port", "0", "--rtsp-port", "0", "--source-ca", empty});
  CHECK(wrong.wait() == 1);
  CHECK(wrong.errors().find("holds no certificate") != std::string::npos);
}

TEST_CASE("Basic and Digest are answered, with TLS and without, and no password is written down") {
  const Authority known("passwords");
  const std::string password = writeFile("password", "pa:ss/word");
  const std::string certificate = known.sign("DNS:localhost");
  const std::vector<std::string> login{"--user", "vi@ewer", "--password-file", password};
  const auto cameras = [&](std::vector<std::string> more) {
    more.insert(more.end(), login.begin(), login.end());
    return std::make_unique<Cameras>(1, more);
  };
  const auto basic = cameras({"--authentication", "basic"});
  const auto digest = cameras({"--authentication", "digest"});
  const auto secureBasic = cameras({"--authentication", "basic", "--certificate", certificate});
  const auto secureDigest = cameras({"--authentication", "digest", "--certificate", certificate});
  Host host({basic->port(), digest->port(), secureBasic->port(), secureDigest->port()},
            {"--source-ca", known.file()});
  const std::vector<std::array<std::string, 2>> places{
      {"basic", at("rtsp", "localhost", *basic)},
      {"digest", at("rtsp", "localhost", *digest)},
      {"basic in TLS", at("rtsps", "localhost", *secureBasic)},
      {"digest in TLS", at("rtsps", "localhost", *secureDigest)}};
  const auto with = [](std::string url, const std::string& userinfo) {
    return url.insert(url.find("://") + 3, userinfo + "@");
  };
  for (const auto& [id, url] : places) {
    host.add(id, with(url, "vi%40ewer:pa%3Ass%2Fword"));
    host.add(id + ", wrong", with(url, "vi%40ewer:topsecret"));
    host.add(id + ", none", url);
  }
  for (const auto& [id, url] : places) {
    CAPTURE(id);
    CHECK(host.waitForFrames(id, 5));
    for (const char* mistake : {", wrong", ", none"}) {
      CHECK(host.waitForError(id + mistake, "stream.source-unauthorized"));
      CHECK(host.frames(id + mistake) == 0);
    }
  }
  const std::string said =
      host.process().errors() + host.get("/sightline/streams").body + host.get("/metrics").body;
  for (const char* secret : {"topsecret", "ss%2Fword", "ss/word"}) {
    CHECK(said.find(secret) == std::string::npos);
  }
}

TEST_SUITE_END();
