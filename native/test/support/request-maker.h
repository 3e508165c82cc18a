// Requests for DeepStream's REST API, right and wrong in ways that its grammar suggests: each part
// is chosen from what is allowed and from what is not, and the text may be damaged on the way.
#pragma once

#include <random>
#include <string>
#include <vector>

namespace test {

struct MadeRequest {
  // As it goes over the wire.
  std::string bytes;
  std::string path;
  std::string body;
  // False when a success would be a false one.
  bool maySucceed = true;
  // The answer must be an envelope of DeepStream's, in every release.
  bool isEnveloped = false;
  // False when what is sent need not be answered.
  bool isHttp = true;
  // Of a web page or for another host: must be refused.
  bool isForeign = false;
};

class RequestMaker {
 public:
  // The same seed makes the same requests. Numbers of streams are below `sources`.
  RequestMaker(unsigned seed, unsigned sources) : random_(seed), sources_(sources) {}

  MadeRequest make();

 private:
  struct Part {
    std::string text;
    bool isValid = true;
  };

  unsigned below(unsigned count) { return static_cast<unsigned>(random_() % count); }
  bool oneIn(unsigned count) { return below(count) == 0; }
  const std::string& of(const std::vector<std::string>& texts) {
    return texts[below(static_cast<unsigned>(texts.size()))];
  }
  // Mostly of the first.
  Part from(const std::vector<std::string>& valid, const std::vector<std::string>& invalid);

  std::string junkText();
  std::string junkValue();
  // A member of an object, or nothing.
  Part member(const std::string& name, const Part& value);
  // Bodies of additive routes.
  Part outputChange();
  Part detection();
  Part streamId();
  Part rois();
  // Around the fields of a setting.
  Part envelope(const std::string& fields);
  MadeRequest setting();
  MadeRequest streamChange();
  MadeRequest removal();
  MadeRequest additiveChange();
  MadeRequest other();
  // Changes, drops, doubles and inserts bytes.
  void damage(std::string& text);
  void frame(MadeRequest& made, const std::string& method);

  std::mt19937 random_;
  const unsigned sources_;
};

} // namespace test
