#include "vision/analytics-file.h"

#include "pipeline/config-folder.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <unistd.h>

using namespace sightline;
using namespace sightline::vision;
namespace fs = std::filesystem;

namespace {

const std::string head = "[property]\nenable=1\nconfig-width=1000\nconfig-height=500\n";

} // namespace

TEST_CASE("an analytics file gives each stream its regions and lines") {
  const auto rules = parseAnalyticsFile(head + "# a comment\n[roi-filtering-stream-0]\nenable=1\n"
                                               "roi-RF=0;0;500;0;500;500;0;500;\ninverse-roi=0\n"
                                               "class-id=-1\n[line-crossing-stream-3]\nenable=1\n"
                                               "line-crossing-Entry=0;250;1000;250;500;0;500;500\n"
                                               "[roi-filtering-stream-5]\nenable=0\nroi-X=1;2\n"
                                               "[overcrowding-stream-1]\nenable=1\n");
  REQUIRE(rules);
  CHECK(rules->size() == 2);
  const StreamRules& roi = rules->at(0);
  CHECK(isInside(roi, {0.25, 0.5}));
  CHECK_FALSE(isInside(roi, {0.75, 0.5}));
  const StreamRules& line = rules->at(3);
  CHECK(isInside(line, {0.75, 0.5}));
  CHECK(crossedLines(line, {0.4, 0.5}, {0.6, 0.5}) == std::vector<std::string>{"Entry"});
  CHECK(crossedLines(line, {0.6, 0.5}, {0.4, 0.5}).empty());
  CHECK(crossedLines(line, {0.1, 0.5}, {0.4, 0.5}).empty());
}

TEST_CASE("two steps that meet on a line cross it once, and past its end there is nothing") {
  StreamRules rules;
  rules.lines.push_back({"gate", {0.5, 0.2}, {0.5, 0.4}, {1, 0}});
  const auto count = [&](double from, double to, double y) {
    return crossedLines(rules, {from, y}, {to, y}).size();
  };
  CHECK(count(0.4, 0.5, 0.3) + count(0.5, 0.6, 0.3) == 1);
  CHECK(count(0.4, 0.6, 0.3) == 1);
  CHECK(count(0.4, 0.6, 0.5) == 0);
}

TEST_CASE("an analytics file that is switched off has no rules") {
  const auto rules = parseAnalyticsFile("[property]\nenable=0\nconfig-width=10\nconfig-height=10\n"
                                        "[roi-filtering-stream-0]\nenable=1\nroi-A=0;0;1;1;0;1\n");
  REQUIRE(rules);
  CHECK(rules->empty());
}

TEST_CASE("an analytics file with a mistake is refused as a whole") {
  const std::string roi = head + "[roi-filtering-stream-0]\nenable=1\n";
  const std::string line = head + "[line-crossing-stream-0]\nenable=1\n";
  for (const std::string& text :
       {std::string(), std::string("no group"), std::string("[property]\nenable=1\n"),
        roi + "roi-A=0;0;1;1", roi + "roi-A=0;0;1;1;2", roi + "roi-A=0;0;1;1;x;2",
        roi + "roi-A=0;0;-1;1;2;2", roi + "roi-A=0;0;1001;1;2;2", line + "line-crossing-A=0;0;1;1",
        line + "line-crossing-A=0;0;0;0;1;1;2;2",
        head + "[roi-filtering-stream-]\nenable=1\nroi-A=0;0;1;0;1;1",
        head + "[roi-filtering-stream-1x]\nenable=1\nroi-A=0;0;1;0;1;1"}) {
    CAPTURE(text);
    CHECK_FALSE(parseAnalyticsFile(text));
  }
}

TEST_CASE("only small regular files below the configured folder are read") {
  const fs::path root =
      fs::temp_directory_path() / ("sightline-vision-" + std::to_string(getpid()));
  fs::create_directories(root / "config/deeper");
  fs::create_directories(root / "config-other");
  std::ofstream(root / "config/deeper/tracker.yml") << "text";
  std::ofstream(root / "config-other/secret.yml") << "secret";
  std::ofstream(root / "config/large.yml") << std::string(100'000, 'x');
  fs::create_symlink(root / "config-other/secret.yml", root / "config/link.yml");
  const ConfigFolder folder((root / "config").string());
  CHECK(folder.read("deeper/tracker.yml") == "text");
  CHECK(folder.read((root / "config/deeper/../deeper/tracker.yml").string()) == "text");
  for (const char* path : {"../config-other/secret.yml", "link.yml", "large.yml", "deeper", "",
                           "absent.yml", "/etc/passwd"}) {
    CAPTURE(path);
    CHECK_FALSE(folder.read(path));
  }
  CHECK_FALSE(folder.read(std::string("deeper/tracker.yml\0.txt", 23)));
  CHECK_FALSE(folder.readAnalytics());
  CHECK_FALSE(ConfigFolder(std::nullopt).read("/etc/passwd"));
  CHECK_FALSE(ConfigFolder("/nonexistent").read("/etc/passwd"));
  fs::remove_all(root);
}
