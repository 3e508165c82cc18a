#include "pipeline/url.h"
#include "gstreamer/rtsp-server.h"
#include "pipeline/log.h"

#include <doctest/doctest.h>

#include <array>

using namespace sightline;

TEST_CASE("percent-encoding goes both ways for any bytes") {
  CHECK(percentEncode("a b/ü") == "a%20b%2F%C3%BC");
  CHECK(percentDecode("a%20b%2f%C3%BC") == "a b/ü");
  CHECK(percentDecode("100%") == std::nullopt);
  CHECK(percentDecode("%4") == std::nullopt);
  CHECK(percentDecode("%zz") == std::nullopt);
  std::string all;
  for (int byte = 0; byte < 256; ++byte) {
    all += static_cast<char>(byte);
  }
  CHECK(percentDecode(percentEncode(all)) == all);
}

TEST_CASE("an RTSP path is found however it is encoded") {
  CHECK(canonicalPath("/a%20b%2fc") == "/a%20b%2Fc");
  CHECK(canonicalPath("/%61/stream=0") == "/a/stream=0");
  CHECK(canonicalPath("/100%") == "/100%25");
}

TEST_CASE("no credential of a URL survives redaction") {
  const std::array<std::string, 16> secrets{
      "rtsp://user:secret@10.0.0.1/live",
      "rtsp://user:sec@ret@10.0.0.1:554/live",
      "RTSP://user:se/secret@10.0.0.1/live",
      "rtsp://secret@10.0.0.1",
      "rtsp://10.0.0.1/live?user=a&pass=secret",
      "rtsp://10.0.0.1/user=a_password=secret_ch=1",
      "two rtsp://a:secret@b/c rtspu://d:secret@e",
      "rtsp://user:?secret@10.0.0.1/",
      "rtsp://user:secret's@10.0.0.1/live",
      "'rtsp://user:\"secret>@10.0.0.1/live'",
      "rtsp://user:2024/secret@10.0.0.1/",
      "rtsp://user:/secret@10.0.0.1",
      "rtsp://user:#secret@10.0.0.1",
      "rtsp://10.0.0.1/live?user=a@b&token=secret",
      "rtsp://10.0.0.1/live?@secret",
      "rtsp://10.0.0.1/password=a@secret_ch=1",
  };
  for (const std::string& text : secrets) {
    CAPTURE(text);
    CHECK(redactUrls(text).find("secret") == std::string::npos);
    CHECK(redactUrl(text).find("secret") == std::string::npos);
  }
  CHECK(redactUrl("rtsp://user:a secret@10.0.0.1/live") == "rtsp://10.0.0.1/live");
  CHECK(redactUrl("user:secret@10.0.0.1/live") == "10.0.0.1/live");
  CHECK(redactUrl("rtsp://user:it's@10.0.0.5/live?a=b") == "rtsp://10.0.0.5/live?...");
  CHECK(redactUrls("<rtsp://u:it's@h/a> by 'x@y'") == "<rtsp://h/a> by 'x@y'");
  CHECK(redactUrls("go rtsp://u:p@h:554/a/b, then") == "go rtsp://h:554/a/b, then");
  CHECK(redactUrls("rtsp://[::1]:554/a") == "rtsp://[::1]:554/a");
  CHECK(redactUrls("nothing here") == "nothing here");
  CHECK(redactUrls("://") == "://");
}

TEST_CASE("a URL is shown as it is, but for the user and password") {
  struct Row {
    std::string url;
    std::string shown;
  };
  const std::array<Row, 13> rows{{
      {"rtsp://user:secret@10.0.0.1/live", "rtsp://10.0.0.1/live"},
      {"RTSPS://secret@[::1]:322", "RTSPS://[::1]:322"},
      {"rtspt://user:sec@secret@h:554/a?b=c&d=%40#e", "rtspt://h:554/a?b=c&d=%40#e"},
      {"rtsp://user:a secret'\"<>\\:;,ü\t%@h", "rtsp://h"},
      {"rtsp://:secret@h/", "rtsp://h/"},
      {"rtsp://@h/", "rtsp://h/"},
      {"fake://user:secret@lobby?width=320", "fake://lobby?width=320"},
      // Nobody knows where these passwords end.
      {"rtsp://user:1/secret@10.0.0.1/live", ""},
      {"rtsp://user:se@cret/secret@10.0.0.1/live", ""},
      {"rtsp://user:1?secret@10.0.0.1/live", ""},
      {"rtsp://user:#secret@10.0.0.1/live", ""},
      {"rtsp://10.0.0.1/live?user=a@secret", ""},
      {"user:secret@10.0.0.1", "10.0.0.1"},
  }};
  for (const auto& [url, shown] : rows) {
    CAPTURE(url);
    CHECK(withoutUserinfo(url).text == shown);
    CHECK(withoutUserinfo(url).hasCredentials);
  }
  for (const char* plain : {"rtsp://10.0.0.1:554/a/b?c=d#e", "fake://lobby?width=320", "rtsp://",
                            "file:///media/a@b c.mp4", "FILE://localhost/a:b@c", "", "x"}) {
    CAPTURE(plain);
    CHECK(withoutUserinfo(plain).text == plain);
    CHECK_FALSE(withoutUserinfo(plain).hasCredentials);
  }
}

TEST_CASE("a log line is one line") {
  CHECK(logLine(LogLevel::warn, "stream a\nb", "x\r\ny") == "warn stream a b: x  y");
}

TEST_CASE("source URLs are taken apart") {
  const auto url = parseSourceUrl("rtspt://us%40er:p%3Aw@[fe80::1]:8554/a/b?c=d");
  REQUIRE(url);
  CHECK(url->scheme == SourceScheme::rtspt);
  CHECK(url->user == "us@er");
  CHECK(url->password == "p:w");
  CHECK(url->host == "fe80::1");
  CHECK(url->port == 8554);
  CHECK(url->path == "/a/b?c=d");
  CHECK(parseSourceUrl("rtsp://camera")->path == "/");
  CHECK(parseSourceUrl("rtsp://camera?x")->host == "camera");
  CHECK(parseSourceUrl("rtsp://camera?x")->path == "/?x");
  CHECK(parseSourceUrl("file:///media/a%20b.mp4")->path == "/media/a b.mp4");
  CHECK(parseSourceUrl("rtsps://camera/x")->port == 322);
  CHECK(parseSourceUrl("rtsps://camera:8322/x")->port == 8322);
  for (const char* bad :
       {"rtsp://", "rtsp://:554/", "rtsp://h:0/", "rtsp://h:99999/", "rtsp://h:x/", "rtsp://[::1/",
        "http://h/", "h", "file://host/x", "file:///%00", "rtsp://u%zz@h/", "rtsp://h#@other/",
        "rtsp://h/a#b", "rtsps://h?a#b"}) {
    CAPTURE(bad);
    CHECK_FALSE(parseSourceUrl(bad));
  }
}

TEST_CASE("a fake source has a picture, given or not") {
  const auto given = parseSourceUrl("fake://lobby?width=320&height=180&bitrate=300000");
  REQUIRE(given);
  CHECK(given->scheme == SourceScheme::fake);
  CHECK(given->host == "lobby");
  CHECK(given->picture.width == 320);
  CHECK(given->picture.height == 180);
  CHECK(given->picture.bitsPerSecond == 300000);
  for (const char* plain : {"fake://lobby", "fake://lobby/", "FAKE://lobby?", "fake://lobby/?"}) {
    CAPTURE(plain);
    const auto url = parseSourceUrl(plain);
    REQUIRE(url);
    CHECK(url->picture.width == 640);
    CHECK(url->picture.height == 360);
  }
  for (const char* bad :
       {"fake://", "fake://a?width=0", "fake://a?width=100000", "fake://a?width=321",
        "fake://a?height=181", "fake://a?height=-2", "fake://a?width=", "fake://a?width=64x",
        "fake://a?width", "fake://a?bitrate=0", "fake://a?bitrate=99999999999", "fake://a?rate=30",
        "fake://a/b", "fake://a?width=64&&height=64"}) {
    CAPTURE(bad);
    CHECK_FALSE(parseSourceUrl(bad));
  }
}
