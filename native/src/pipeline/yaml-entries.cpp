#include "pipeline/yaml-entries.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <sstream>

namespace sightline {

namespace {

// Events and not nodes: nothing is built that could be deep, or refer to itself.
class Collector final : public YAML::EventHandler {
 public:
  std::vector<YamlEntry> entries;

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t) override { take(mark, ""); }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    throw YAML::ParserException(mark, "aliases are not read");
  }
  void OnScalar(const YAML::Mark& mark, const std::string&, YAML::anchor_t,
                const std::string& value) override {
    take(mark, value);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {
    if (lists_ == 0) {
      expectValue(mark);
      put(std::nullopt);
    }
    ++lists_;
  }
  void OnSequenceEnd() override { --lists_; }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {
    if (lists_ > 0) {
      return;
    }
    if (maps_ > 0) {
      expectValue(mark);
    }
    ++maps_;
  }
  void OnMapEnd() override {
    if (lists_ == 0) {
      --maps_;
      close();
    }
  }

 private:
  void expectValue(const YAML::Mark& mark) const {
    expectMap(mark);
    if (keys_.size() < maps_) {
      throw YAML::ParserException(mark, "keys must be plain words");
    }
  }
  void expectMap(const YAML::Mark& mark) const {
    if (maps_ == 0) {
      throw YAML::ParserException(mark, "a key and a colon are expected");
    }
  }
  void take(const YAML::Mark& mark, const std::string& text) {
    if (lists_ > 0) {
      return;
    }
    expectMap(mark);
    if (keys_.size() < maps_) {
      keys_.push_back(text);
    } else {
      put(text);
    }
  }
  void put(std::optional<std::string> value) {
    entries.push_back({keys_, std::move(value)});
    close();
  }
  // The value of the innermost key is complete.
  void close() {
    if (!keys_.empty()) {
      keys_.pop_back();
    }
  }

  // As many as there are open maps when a value is next, one less when a key is.
  std::vector<std::string> keys_;
  std::size_t maps_ = 0;
  std::size_t lists_ = 0;
};

} // namespace

std::vector<YamlEntry> readYamlEntries(const std::string& text) {
  Collector collector;
  try {
    std::istringstream stream(text);
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(collector)) {
    }
  } catch (const YAML::Exception& problem) {
    throw BadYaml("line " + std::to_string(problem.mark.line + 1) + ": " + problem.msg);
  } catch (const std::exception& problem) {
    throw BadYaml(problem.what());
  }
  return std::move(collector.entries);
}

} // namespace sightline
