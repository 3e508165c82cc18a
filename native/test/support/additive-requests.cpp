// What RequestMaker asks of the additive routes.
#include "support/request-maker.h"

namespace test {

namespace {

const std::string streams = "/api/v1/sightline/streams/";

} // namespace

RequestMaker::Part RequestMaker::member(const std::string& name, const Part& value) {
  return oneIn(3) ? Part{} : Part{",\"" + name + "\":" + value.text, value.isValid};
}

RequestMaker::Part RequestMaker::outputChange() {
  const Part codec = from({"\"h264\"", "\"h265\"", "\"mpeg4\""},
                          {"null", "7", "{}", "[]", "\"\"", "\"vp8\"", "[\"h264\"]"});
  const Part recording = member("recording", from({"null", "\"a.mkv\"", "\"b.ts\""},
                                                  {"\"\"", "\"../a.mkv\"", "\"/etc/a.ts\"",
                                                   "\".mkv\"", "\"a\\u0000.ts\"", "7", "{}"}));
  const Part interval =
      member("iframeInterval", from({"null", "0", "1", "256"}, {"257", "-1", "1.5", "4294967297",
                                                                "true", "\"1\"", "[]", "{}"}));
  const bool isMore = oneIn(8);
  return {"{\"codec\":" + codec.text + recording.text + interval.text +
              (isMore ? ",\"more\":1}" : "}"),
          codec.isValid && recording.isValid && interval.isValid && !isMore};
}

RequestMaker::Part RequestMaker::detection() {
  const Part kinds =
      from({"[]", "[\"motion\"]", "[\"face\",\"motion\"]"},
           {"null", "7", "{}", "[1]", "[null]", "\"face\"", "[\"cat\"]", "[\"face\",\"face\"]"});
  const Part rois = member(
      "rois", from({"[]", "[{\"id\":\"a\",\"left\":0,\"top\":0,\"width\":65535,\"height\":1}]"},
                   {"7", "{}", "[1]", "[{}]",
                    "[{\"id\":\"\",\"left\":0,\"top\":0,\"width\":1,\"height\":1}]",
                    "[{\"id\":\"a\",\"left\":0,\"top\":0,\"width\":0,\"height\":1}]",
                    "[{\"id\":\"a\",\"left\":0,\"top\":0,\"width\":65536,\"height\":1}]"}));
  const Part interval =
      member("interval", from({"0", "7", "2147483647"},
                              {"2147483648", "-1", "1.5", "null", "true", "\"1\"", "[]"}));
  const Part osd = member("osd", from({"true", "false"}, {"null", "1", "\"true\"", "{}"}));
  const Part tracker = member(
      "trackerConfig", from({"\"\"", "\"tracker.yml\""},
                            {"null", "7", "{}", "\"none.yml\"", "\"../token\"", "\"/etc/hosts\"",
                             "\"tracker.yml\\u0000\"", "\"" + std::string(5000, 'x') + "\""}));
  return {"{\"detectors\":" + kinds.text + rois.text + interval.text + osd.text + tracker.text +
              "}",
          kinds.isValid && rois.isValid && interval.isValid && osd.isValid && tracker.isValid};
}

MadeRequest RequestMaker::additiveChange() {
  const bool isOutput = oneIn(2);
  const Part body = isOutput ? outputChange() : detection();
  MadeRequest made;
  // One with pictures, those of streamChange() without, and what is none of them.
  made.path = streams + of({"real", "real", "a", "b", "%C3%A4", "none", "%", ""}) +
              (isOutput ? "/output" : "/detectors");
  made.body = body.text;
  made.maySucceed = body.isValid;
  if (oneIn(6)) {
    damage(made.body);
    // It may have become anything.
    made.maySucceed = true;
  }
  frame(made, "PUT");
  return made;
}

MadeRequest RequestMaker::removal() {
  MadeRequest made;
  // Those of streamChange(), and what is none of them.
  made.path =
      streams + of({"a", "b", "c%2Fd", "%C3%A4", "7", "true", "none", "%", "a/b", "%00", ""});
  if (oneIn(6)) {
    damage(made.path);
  }
  made.body = oneIn(4) ? junkValue() : "";
  frame(made, "DELETE");
  return made;
}

} // namespace test
