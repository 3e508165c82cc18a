#include "pipeline/yaml-entries.h"

#include "pipeline/limits.h"

#include <doctest/doctest.h>

using namespace sightline;

namespace {

std::string words(const std::string& text) {
  std::string result;
  for (const YamlEntry& entry : readYamlEntries(text)) {
    for (const std::string& key : entry.keys) {
      result += key + "/";
    }
    result += "=" + entry.value.value_or("(list)") + " ";
  }
  return result;
}

std::string mistake(const std::string& text) {
  try {
    readYamlEntries(text);
  } catch (const BadYaml& bad) {
    return bad.what();
  }
  return "";
}

std::string repeated(const std::string& text) {
  std::string result;
  while (result.size() < limits::configFileBytesMax) {
    result += text;
  }
  return result;
}

} // namespace

TEST_CASE("the values of a YAML file come in their order with all their keys") {
  CHECK(words("%YAML:1.0\n---\na:\n  b: 1 # one\n  'c d': \"x # y\"\ne: {f: {g: h}}\r\n") ==
        "a/b/=1 a/c d/=x # y e/f/g/=h ");
  CHECK(words("a:\nb: ~\nc: ''\n") == "a/= b/= c/= ");
  CHECK(words("a: [1, {b: 2}, [3]]\nc:\n- d: 4\n- 5\ne: 6") == "a/=(list) c/=(list) e/=6 ");
  CHECK(words("a: 1\n---\na: 2\n") == "a/=1 a/=2 ");
  CHECK(words("").empty());
  CHECK(words("# nothing\n").empty());
}

TEST_CASE("what is no YAML, or more than we read, is refused with its line") {
  CHECK(mistake("a: 1\nb: [\n").starts_with("line "));
  CHECK(mistake("a: 1\n  b: 2\n").starts_with("line 2: "));
  for (const char* text : {"words", "- 1\n", "---\n", "\"x", "a: \"x\nb: 1", "{a: 1", "a: 1\n}",
                           "\x01\x02\xff\xfe", "a: &x 1\nb: *x", "a: *x", "? {a: 1}\n: 2",
                           "? [a]\n: 2", "{[a]: 2}", "a: !!\n!", "\t: x"}) {
    CAPTURE(text);
    CHECK_FALSE(mistake(text).empty());
  }
}

TEST_CASE("nesting without end is refused, not followed") {
  for (const char* text : {"[", "{", "{a: ", "- ", "? ", "a: [", "[{", "!a ", "&a ", "? - "}) {
    CAPTURE(text);
    CHECK_FALSE(mistake(repeated(text)).empty());
  }
}
