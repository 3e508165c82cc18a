#include "support/request-maker.h"

#include "support/rig.h"

#include <algorithm>
#include <cstdio>

namespace test {

namespace {

enum class Since { v7_1, v8_0 };

struct Setting {
  std::string path;
  std::string field;
  std::vector<std::string> valid;
  std::vector<std::string> invalid;
  bool hasStreamId = true;
  Since since = Since::v7_1;
};

using Texts = std::vector<std::string>;

const Texts noNumbers{"null",
                      "\"\"",
                      "\"1\"",
                      "[]",
                      "{}",
                      "[1]",
                      "{\"a\":1}",
                      "-3",
                      "1e300",
                      "-1e300",
                      "18446744073709551616"};
const Texts noFlags{"null", "\"1\"", "\"true\"", "[]", "{}", "[true]"};
const Texts badCrops{"null",
                     "7",
                     "true",
                     "{}",
                     "[1,2,3,4]",
                     "\"\"",
                     "\":::\"",
                     "\"1:2:3\"",
                     "\"1:2:3:4:5\"",
                     "\"1:2:3:4 \"",
                     "\"-1:2:3:4\"",
                     "\"1:2:0:4\"",
                     "\"a:b:c:d\"",
                     "\"1:2:3:4294967296\"",
                     "\"\\u0000:1:1:1\""};
const Texts goodCrops{"\"0:0:0:0\"", "\"1:2:3:4\"", "\"20:20:40:50\"",
                      "\"4294967295:4294967295:4294967295:4294967295\"", "\"0:0:4294967295:1\""};

Texts with(Texts texts, const Texts& more) {
  texts.insert(texts.end(), more.begin(), more.end());
  return texts;
}

const std::vector<Setting>& settings() {
  static const std::vector<Setting> all{
      {"/dec/drop-frame-interval",
       "drop_frame_interval",
       {"0", "1", "30", "2.7", "true"},
       with({"31", "4294967295"}, noNumbers)},
      {"/dec/skip-frames", "skip_frames", {"0", "1", "2", "false"}, with({"3"}, noNumbers)},
      {"/dec/low-latency-mode", "low_latency_mode", {"0", "1", "true", "false", "0.5"}, noFlags},
      {"/infer/set-interval", "interval", {"0", "32"}, with({"33"}, noNumbers)},
      {"/inferserver/set-interval",
       "interval",
       {"0", "2147483647"},
       with({"2147483648"}, noNumbers)},
      {"/enc/bitrate",
       "bitrate",
       {"1", "2000000", "4294967295"},
       with({"0", "false", "4294967296"}, noNumbers)},
      {"/enc/force-idr", "force_idr", {"1", "true"}, with({"0", "false"}, noFlags)},
      {"/enc/force-intra", "force_intra", {"1", "true"}, with({"0", "false"}, noFlags)},
      {"/enc/iframe-interval", "iframeinterval", {"0", "1", "50", "256"}, with({"257"}, noNumbers)},
      {"/conv/srccrop", "src_crop", goodCrops, badCrops},
      {"/conv/destcrop", "dest_crop", goodCrops, badCrops},
      {"/conv/flip-method",
       "flip_method",
       {"0", "1", "2", "3", "4", "5", "6", "7"},
       with({"8"}, noNumbers)},
      {"/conv/interpolation-method", "interpolation_method", {"0", "6"}, with({"7"}, noNumbers)},
      {"/osd/process-mode", "process_mode", {"0", "1"}, with({"2"}, noNumbers)},
      {"/nvtracker/config-path",
       "config_path",
       {"\"/a/b.yml\""},
       {"null", "\"\"", "{}", "[]", "\"" + std::string(5000, 'x') + "\""},
       true,
       Since::v8_0},
      {"/analytics/reload-config",
       "config_file_path",
       {"\"/a\""},
       {"null", "\"\"", "{}"},
       false,
       Since::v8_0},
      {"/mux/batched-push-timeout",
       "batched_push_timeout",
       {"-1", "0", "2147483647"},
       {"-2", "2147483648", "null", "\"1\"", "[]", "{}"},
       false},
      {"/mux/max-latency", "max_latency", {"0", "4294967295"}, noNumbers, false},
      // What would end the host is left to others.
      {"/app/quit", "app_quit", {}, with({"0", "false", "0.0"}, noFlags), false},
      {"/roi/update", "roi", {}, {}},
  };
  return all;
}

std::string repeated(const std::string& text, unsigned times) {
  std::string result;
  for (unsigned time = 0; time < times; ++time) {
    result += text;
  }
  return result;
}

std::string hex(std::size_t size) {
  char text[20];
  std::snprintf(text, sizeof text, "%zx", size);
  return text;
}

} // namespace

RequestMaker::Part RequestMaker::from(const Texts& valid, const Texts& invalid) {
  if (!valid.empty() && (invalid.empty() || !oneIn(3))) {
    return {of(valid), true};
  }
  return {of(invalid), false};
}

std::string RequestMaker::junkText() {
  std::string text(below(oneIn(10) ? 3000 : 12), ' ');
  for (char& character : text) {
    character = static_cast<char>(below(256));
  }
  return text;
}

std::string RequestMaker::junkValue() {
  const unsigned depth = below(oneIn(20) ? 5000 : 40);
  switch (below(5)) {
  case 0:
    return repeated("[", depth) + repeated("]", depth);
  case 1:
    return repeated("{\"a\":", depth) + "1" + repeated("}", depth);
  case 2:
    return "\"" + junkText() + "\"";
  default:
    return of(noNumbers);
  }
}

RequestMaker::Part RequestMaker::streamId() {
  const std::string number = std::to_string(below(sources_));
  return from({number, "\"" + number + "\""},
              {"null", "\"\"", "\"x\"", "\"" + number + "x\"", "{}", "[]", "true", "1.5", "-1",
               "99999999999", "\"99999999999\"", std::to_string(sources_), "\"\\u0000\""});
}

RequestMaker::Part RequestMaker::rois() {
  const unsigned count = 1 + below(oneIn(8) ? 80 : 3);
  bool isValid = count <= 64;
  std::string list;
  for (unsigned at = 0; at < count; ++at) {
    list += at == 0 ? "{\"roi_id\":\"" : ",{\"roi_id\":\"";
    list += std::to_string(at) + "\"";
    for (const char* name : {"left", "top", "width", "height"}) {
      const Part value =
          oneIn(30) ? from({}, noNumbers) : Part{of({"1", "100", "4294967295"}), true};
      isValid = isValid && value.isValid;
      list += std::string(",\"") + name + "\":" + value.text;
    }
    list += "}";
  }
  const Part counted =
      from({std::to_string(count)}, {"0", std::to_string(count + 1), "4294967295", "null", "[]"});
  return {"\"roi_count\":" + counted.text + ",\"roi\":" + (oneIn(20) ? "null" : "[" + list + "]"),
          isValid && counted.isValid};
}

RequestMaker::Part RequestMaker::envelope(const std::string& fields) {
  const std::string object = "{" + fields + "}";
  switch (below(14)) {
  case 0:
    return {"{\"any name\":" + object + "} trailing", true};
  case 1:
    return {"// a comment\n{\"a\":{\"stream_id\":\"9\"},\"b\":" + object + "}", true};
  case 2:
    return {"{\"stream\":" + object + ",\"zz\":" + junkValue() + "}", false};
  case 3:
    return {"[" + object + "]", false};
  case 4:
    return {object, false};
  case 5:
    return {"{\"stream\":[" + object + "]}", false};
  case 6:
    return {of({"", "{", "{}", "[]", "null", "7", "{\"stream\":null}"}), false};
  default:
    return {"{\"stream\":" + object + "}", true};
  }
}

MadeRequest RequestMaker::setting() {
  const Setting& row = settings()[below(static_cast<unsigned>(settings().size()))];
  Part value = row.field == "roi" ? rois() : from(row.valid, row.invalid);
  if (row.field != "roi") {
    const bool isMisspelt = oneIn(25);
    value = {"\"" + row.field + (isMisspelt ? "s" : "") + "\":" + value.text,
             value.isValid && !isMisspelt};
  }
  std::string fields = value.text;
  bool isValid = value.isValid;
  if (row.hasStreamId) {
    const Part id = streamId();
    const bool isThere = !oneIn(25);
    fields = isThere ? "\"stream_id\":" + id.text + "," + fields : fields;
    isValid = isValid && isThere && id.isValid;
  }
  const Part body = envelope(fields);
  MadeRequest made;
  made.path = "/api/v1" + row.path;
  made.body = body.text;
  made.isEnveloped = row.since == Since::v7_1;
  made.maySucceed = isValid && body.isValid;
  if (row.path != "/app/quit" && oneIn(6)) {
    damage(made.body);
    // It may have become anything.
    made.maySucceed = true;
  }
  frame(made, "POST");
  return made;
}

MadeRequest RequestMaker::streamChange() {
  // Nothing that could lead anywhere but to this machine, damaged or not.
  Part url = from({"\"file:///a.mp4\"", "\"file:///b\""},
                  {"null", "\"\"", "{}", "[]", "\"" + std::string(5000, 'u') + "\""});
  const Part id = from({"\"a\"", "\"b\"", "\"c/d\"", "\"\\u00e4\"", "7", "true"},
                       {"null", "\"\"", "{}", "[1]", "\"" + std::string(600, 'i') + "\""});
  const Part change = from({"\"camera_add\"", "\"camera_streaming\"", "\"camera_remove\""},
                           {"null", "\"\"", "\"ADD\"", "{}", "[]", "7"});
  if (url.isValid && oneIn(6)) {
    // To remove it may succeed: some releases call that a success even when there was nothing.
    url = {of({"\"x\"", "\"http://a\"", "\"fake://\""}), change.text == "\"camera_remove\""};
  }
  const Part metadata = from({"{}", "{\"codec\":\"h264\",\"framerate\":30}", "null"},
                             {"[1]", "7", "{\"a\":{}}", "{\"a\":[]}"});
  const std::string object = "{\"camera_id\":" + id.text + ",\"camera_url\":" + url.text +
                             ",\"change\":" + change.text + ",\"metadata\":" + metadata.text + "}";
  const Part key = from({"value", "event"}, {"values", "stream", ""});
  MadeRequest made;
  made.path = of({"/api/v1/stream/add", "/api/v1/stream/remove"});
  made.body = "{\"key\":\"sensor\",\"" + key.text + "\":" + object + "}";
  made.isEnveloped = true;
  made.maySucceed = url.isValid && id.isValid && change.isValid && metadata.isValid && key.isValid;
  if (oneIn(8)) {
    made.body = of({"", "[]", "[1]", object, "{\"value\":[" + object + "]}", junkValue()});
    made.maySucceed = false;
  } else if (oneIn(6)) {
    damage(made.body);
    made.maySucceed = true;
  }
  frame(made, "POST");
  return made;
}

MadeRequest RequestMaker::other() {
  MadeRequest made;
  made.path = of({"/version",
                  "/live",
                  "/api/v1/ready",
                  "/api/v1/startup",
                  "/api/v1/metrics",
                  "/api/v1/metadata",
                  "/api/v1/health/get-dsready-state",
                  "/api/v1/stream/get-stream-info",
                  "/api/v1/generate_text_embeddings",
                  "/api/v1/sightline/about",
                  "/api/v1/sightline/streams",
                  "/api/v1/sightline/events?after=-1",
                  "/api/v1/sightline/streams/a/snapshot.jpg",
                  "/api/v1/sightline/streams/a/preview.mjpeg?fps=3",
                  "/api/v1/sightline/streams/a/output",
                  "/api/v1/sightline/streams/a/detectors",
                  "/api/v1/sightline/streams/%/",
                  "/api/v1/app/quit",
                  "/api/v1//stream/add",
                  "/",
                  "/%00",
                  "/api/v1/stream/add/"});
  // Events never end: what is read of them must stay wrong.
  const bool isEvents = made.path.find("/events") != std::string::npos;
  if (!isEvents && oneIn(4)) {
    damage(made.path);
  }
  made.body = oneIn(2) ? "" : oneIn(2) ? junkValue() : outputChange().text;
  made.maySucceed = made.path != "/api/v1/app/quit" || made.body.empty();
  frame(made, of({"GET", "GET", "GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "TRACE",
                  "CONNECT", "get", "X"}));
  return made;
}

void RequestMaker::damage(std::string& text) {
  for (unsigned times = 1 + below(4); times > 0 && !text.empty(); --times) {
    const std::size_t at = below(static_cast<unsigned>(text.size()));
    switch (below(5)) {
    case 0:
      text[at] = static_cast<char>(below(256));
      break;
    case 1:
      text.erase(at, 1 + below(8));
      break;
    case 2:
      text.insert(at, text.substr(at, below(20)));
      break;
    case 3:
      text.insert(at,
                  of({"\"", "{", "}", "[", "]", ",", ":", "\\u0000", "/*", "//", "1e999", "-"}));
      break;
    default:
      text.resize(at);
    }
  }
}

void RequestMaker::frame(MadeRequest& made, const std::string& method) {
  std::string headers = "Host: localhost\r\n";
  if (oneIn(40)) {
    made.isForeign = true;
    headers = of({"Host: evil.example\r\n", "Host: localhost\r\nOrigin: http://evil.example\r\n",
                  "Host: \r\n"});
  }
  const std::string authorization = std::string("Authorization: Bearer ") + token + "\r\n";
  const bool isAdditive = made.path.find("/sightline/") != std::string::npos;
  headers +=
      isAdditive && !oneIn(4)
          ? authorization
          : of({"", "Accept: text/plain\r\n", "Accept: application/json, text/plain, */*\r\n",
                "Authorization: Bearer x\r\n", authorization, "Content-Type: application/json\r\n",
                "X-Request-Id: " + std::string(200, 'r') + "\r\n", "X-OTLP-URL: http://a\r\n"});
  std::string content = made.body;
  if (oneIn(5)) {
    headers += "Transfer-Encoding: chunked\r\n";
    content.clear();
    for (std::size_t at = 0; at < made.body.size();) {
      const std::size_t size = std::min<std::size_t>(1 + below(50), made.body.size() - at);
      content += hex(size) + "\r\n" + made.body.substr(at, size) + "\r\n";
      at += size;
    }
    content += "0\r\n\r\n";
  } else if (!made.body.empty() || oneIn(2)) {
    headers += "Content-Length: " + std::to_string(content.size()) + "\r\n";
  }
  made.bytes = method + " " + made.path + " HTTP/1.1\r\n" + headers + "\r\n" + content;
  // A path may hold anything by now, and so end the line that it stands on.
  made.isHttp = made.path.starts_with('/') &&
                std::all_of(made.path.begin(), made.path.end(),
                            [](char character) { return character > 0x20 && character < 0x7f; });
  // A lost byte may make true of false, and then the host quits; of added streams a book is kept.
  const bool isWhole = made.path.find("quit") != std::string::npos ||
                       made.path.find("/stream/") != std::string::npos ||
                       made.path.find("/events") != std::string::npos;
  if (!isWhole && oneIn(12)) {
    damage(made.bytes);
    made.isHttp = false;
    made.isForeign = false;
    made.isEnveloped = false;
    made.maySucceed = true;
  }
}

MadeRequest RequestMaker::make() {
  const unsigned kind = below(100);
  return kind < 50   ? setting()
         : kind < 66 ? streamChange()
         : kind < 72 ? removal()
         : kind < 84 ? additiveChange()
                     : other();
}

} // namespace test
