#include "pipeline/source-rule.h"
#include "software/file-source.h"

#include <doctest/doctest.h>
#include <gst/rtsp/gstrtspurl.h>

#include <filesystem>
#include <fstream>
#include <unistd.h>

using namespace sightline;

namespace {

std::string verdict(const SourceRule& rule, const std::string& url) {
  const auto result = rule.admit(url);
  const auto* refusal = std::get_if<StreamError>(&result);
  return refusal != nullptr ? refusal->code : std::get<Admission>(result).location;
}

SourceRule ruleResolving(const std::string& address, std::vector<AllowedSource> allowed = {}) {
  return {std::move(allowed), std::nullopt, [address](const std::string&) {
            const auto parsed = NetworkAddress::parse(address);
            return parsed ? std::vector{*parsed} : std::vector<NetworkAddress>{};
          }};
}

} // namespace

TEST_CASE("the box's own, link-local, multicast and metadata addresses are refused") {
  for (const char* address :
       {"127.0.0.1", "127.9.9.9", "0.0.0.0", "169.254.169.254", "169.254.1.1", "224.0.0.1",
        "255.255.255.255", "::1", "::", "fe80::1", "febf::1", "ff02::1", "fd00:ec2::254",
        "::ffff:127.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::"}) {
    CAPTURE(address);
    CHECK(verdict(ruleResolving(address), "rtsp://camera/x") == stream_code::forbidden);
  }
}

TEST_CASE("private and public addresses are taken, and the checked one is connected to") {
  CHECK(verdict(ruleResolving("10.0.0.7"), "rtsp://u:p@camera/x") == "rtsp://10.0.0.7:554/x");
  CHECK(verdict(ruleResolving("192.168.1.2"), "rtspu://c:99/x") == "rtsp://192.168.1.2:99/x");
  CHECK(verdict(ruleResolving("2001:db8::1"), "rtsp://c/x") == "rtsp://[2001:db8::1]:554/x");
  CHECK(verdict(ruleResolving("10.0.0.7"), "rtsps://u:p@camera/x") == "rtsps://10.0.0.7:322/x");
  CHECK(verdict(ruleResolving(""), "rtsp://c/x") == stream_code::unreachable);
}

TEST_CASE("whatever the URL looks like, rtspsrc finds in it the address that was checked") {
  const SourceRule rule({}, std::nullopt, [](const std::string& host) {
    return std::vector{*NetworkAddress::parse(host == "own" ? "127.0.0.1" : "10.0.0.7")};
  });
  for (const char* url :
       {"rtsp://8.8.8.8#@127.0.0.1:6379/x", "rtsp://cam#:1@own/", "rtsp://cam?@own/x",
        "rtsp://cam/@own/x", "rtsp://cam/x@own", "rtsp://u@own@cam/x", "rtsp://own@cam",
        "rtsp://cam?x", "rtsp://cam/?x#@own/", "rtsp://u:p/@own/x", "rtsps://cam#@own:322/"}) {
    CAPTURE(url);
    const std::string location = verdict(rule, url);
    if (location == stream_code::invalid) {
      continue;
    }
    GstRTSPUrl* parsed = nullptr;
    REQUIRE(gst_rtsp_url_parse(location.c_str(), &parsed) == GST_RTSP_OK);
    CHECK(std::string(parsed->host) == "10.0.0.7");
    CHECK(location.find('/', location.find("://") + 3) != std::string::npos);
    gst_rtsp_url_free(parsed);
  }
  CHECK(verdict(rule, "rtsp://8.8.8.8#@127.0.0.1:6379/x") == stream_code::invalid);
  CHECK(verdict(rule, "rtsp://camera?x") == "rtsp://10.0.0.7:554/?x");
}

TEST_CASE("an exception names an address and a port") {
  const auto allowed = AllowedSource::parse("127.0.0.1:8554");
  REQUIRE(allowed);
  const SourceRule rule = ruleResolving("127.0.0.1", {*allowed});
  CHECK(verdict(rule, "rtsp://localhost:8554/x") == "rtsp://127.0.0.1:8554/x");
  CHECK(verdict(rule, "rtsp://localhost:8555/x") == stream_code::forbidden);
  CHECK(AllowedSource::parse("[::1]:554"));
  for (const char* bad : {"127.0.0.1", "host:1", "127.0.0.1:0", "127.0.0.1:x", ":1", ""}) {
    CHECK_FALSE(AllowedSource::parse(bad));
  }
}

TEST_CASE("other schemes are refused and garbage is invalid") {
  const SourceRule rule = ruleResolving("10.0.0.1");
  for (const char* url : {"http://10.0.0.1/", "rtmp://10.0.0.1/", "10.0.0.1", "", "rtsp:/x"}) {
    CHECK(verdict(rule, url) == stream_code::forbidden);
  }
  CHECK(verdict(rule, "rtsp://:1/") == stream_code::invalid);
  CHECK(verdict(rule, "fake://a?width=1") == stream_code::invalid);
  CHECK(verdict(rule, "fake://a?width=64") == "");
}

TEST_CASE("what no name and no disk could make a source is told from the text alone") {
  const SourceRule rule({}, std::nullopt, [](const std::string&) -> std::vector<NetworkAddress> {
    FAIL("nothing is looked up");
    return {};
  });
  const auto refusal = [](const SourceRule& rule, const std::string& url) {
    const auto read = rule.read(url);
    const auto* error = std::get_if<StreamError>(&read);
    return error != nullptr ? error->code + ": " + error->text : "";
  };
  const std::string schemes = "stream.source-forbidden: only rtsp, rtspt, rtspu, rtsps, file and "
                              "fake URLs are sources";
  CHECK(refusal(rule, "x") == schemes);
  CHECK(refusal(rule, "http://h/a.mp4") == schemes);
  CHECK(refusal(rule, "rtsp://h:0/") == "stream.source-invalid: the source URL cannot be read");
  CHECK(refusal(rule, "fake://a?width=1").find("an even width from 64 to 3840") !=
        std::string::npos);
  CHECK(refusal(rule, "file:///a.mp4") == "stream.source-forbidden: this host has no media folder "
                                          "(--media-dir), so it takes no file URLs");
  CHECK(refusal(SourceRule({}, "/none"), "file:///a.mp4").empty());
  CHECK(refusal(rule, "rtsp://no-such-host.invalid/").empty());
  CHECK(refusal(rule, "rtsp://127.0.0.1/").empty());
  CHECK(refusal(rule, "fake://a").empty());
}

TEST_CASE("files are taken only from below the media folder") {
  namespace fs = std::filesystem;
  const fs::path root = fs::temp_directory_path() / ("sightline-rule-" + std::to_string(getpid()));
  fs::create_directories(root / "media");
  std::ofstream(root / "media" / "a b.mp4") << "x";
  std::ofstream(root / "outside.mp4") << "x";
  fs::create_symlink(root / "outside.mp4", root / "media" / "link.mp4");
  const SourceRule rule({}, (root / "media").string());
  const std::string base = "file://" + (root / "media").string();
  CHECK(verdict(rule, base + "/a%20b.mp4") == fs::canonical(root / "media" / "a b.mp4").string());
  CHECK(verdict(rule, base + "/none.mp4") == stream_code::notFound);
  CHECK(verdict(rule, base + "/link.mp4") == stream_code::forbidden);
  CHECK(verdict(rule, base + "/../outside.mp4") == stream_code::forbidden);
  CHECK(verdict(rule, base + "/../none.mp4") == stream_code::forbidden);
  CHECK(verdict(rule, base) == stream_code::forbidden);
  CHECK(verdict(SourceRule({}, std::nullopt), base + "/a%20b.mp4") == stream_code::forbidden);
  fs::remove_all(root / "media");
  CHECK(verdict(rule, "file://" + (root / "outside.mp4").string()) == stream_code::forbidden);
  CHECK(verdict(rule, base + "/none/of/these.mp4") == stream_code::forbidden);
  fs::remove_all(root);
}

TEST_CASE("containers are told from the first bytes") {
  using namespace std::string_literals;
  CHECK(std::string(demuxerFor("\0\0\0\x20"
                               "ftypisom"s)) == "qtdemux");
  CHECK(std::string(demuxerFor("\x1a\x45\xdf\xa3...."s)) == "matroskademux");
  CHECK(demuxerFor("#EXTM3U\nhttp://other/") == nullptr);
  CHECK(demuxerFor("") == nullptr);
}
