#include "software/frame-skip.h"

#include <doctest/doctest.h>

#include <string>

using namespace sightline;

namespace {

// What of a row of pictures passes: K key, P referred to, b not referred to.
std::string passed(FrameSkip& skip, const std::string& pictures) {
  std::string result;
  for (const char picture : pictures) {
    if (skip.passes({picture == 'K', picture != 'b', 0})) {
      result += picture;
    }
  }
  return result;
}

} // namespace

TEST_CASE("nothing, what nobody refers to, or all but key frames is left out") {
  FrameSkip skip;
  CHECK(passed(skip, "KbPbPKbP") == "KbPbPKbP");
  skip.set(SkippedFrames::nonReference);
  CHECK(passed(skip, "KbPbPKbP") == "KPPKP");
  skip.set(SkippedFrames::nonKey);
  CHECK(passed(skip, "KbPbPKbP") == "KK");
}

TEST_CASE("after key frames only, everything is left out up to the next key frame") {
  FrameSkip skip;
  skip.set(SkippedFrames::nonKey);
  CHECK(passed(skip, "KbP").size() == 1);
  skip.set(SkippedFrames::none);
  CHECK(passed(skip, "bPbPKbP") == "KbP");
  skip.set(SkippedFrames::nonKey);
  CHECK(passed(skip, "PP").empty());
  skip.set(SkippedFrames::nonReference);
  CHECK(passed(skip, "PbKbP") == "KP");
  // Nothing was left out since the key frame, so nothing has to be waited for.
  skip.set(SkippedFrames::nonKey);
  CHECK(passed(skip, "K") == "K");
  skip.set(SkippedFrames::none);
  CHECK(passed(skip, "bP") == "bP");
}

TEST_CASE("of several temporal layers only the highest is left out") {
  FrameSkip skip;
  skip.set(SkippedFrames::nonReference);
  CHECK(skip.passes({true, true, 0}));
  CHECK_FALSE(skip.passes({false, false, 2}));
  CHECK(skip.passes({false, false, 1}));
  CHECK_FALSE(skip.passes({false, false, 2}));
  // The camera was set up anew, with fewer layers.
  skip.renew();
  CHECK(skip.passes({true, true, 0}));
  CHECK_FALSE(skip.passes({false, false, 0}));
}
