#include "software/picture-feed.h"

#include "support/recording.h"

#include <doctest/doctest.h>

#include <future>

using namespace sightline;
using namespace test;
using namespace std::chrono_literals;

namespace {

constexpr unsigned often = 1000;
constexpr auto patience = 10s;

std::shared_ptr<PictureFeed> feedShowing(int number) {
  auto feed = std::make_shared<PictureFeed>();
  feed->put(drawNumber(number, 320, 180).get());
  return feed;
}

int seen(const std::shared_ptr<const std::string>& jpeg) {
  REQUIRE(jpeg);
  const Picture picture = decodeJpeg(*jpeg);
  CHECK(picture.width == 320);
  return readNumber(picture);
}

} // namespace

TEST_CASE("viewers of a picture share one encoding, and without viewers there is none") {
  const auto feed = feedShowing(0);
  for (int number = 1; number <= 10; ++number) {
    feed->put(drawNumber(number, 320, 180).get());
  }
  CHECK(feed->encodedPictures() == 0);
  const auto first = feed->watch(often);
  const auto second = feed->watch(often);
  CHECK(seen(first->next(patience)) == 10);
  CHECK(seen(second->next(patience)) == 10);
  CHECK(feed->encodedPictures() == 1);
  feed->put(drawNumber(11, 320, 180).get());
  CHECK(seen(second->next(patience)) == 11);
  CHECK(seen(first->next(patience)) == 11);
  CHECK(feed->encodedPictures() == 2);
}

TEST_CASE("a viewer that comes back late gets the newest picture, and none twice") {
  const auto feed = feedShowing(1);
  const auto viewer = feed->watch(often);
  CHECK(seen(viewer->next(patience)) == 1);
  CHECK_FALSE(viewer->next(1ms));
  for (const int number : {2, 3, 4}) {
    feed->put(drawNumber(number, 320, 180).get());
  }
  CHECK(seen(viewer->next(patience)) == 4);
  CHECK_FALSE(viewer->next(1ms));
}

TEST_CASE("a viewer gets no more pictures a second than it asked for") {
  const auto feed = feedShowing(1);
  const auto viewer = feed->watch(1);
  CHECK(seen(viewer->next(patience)) == 1);
  feed->put(drawNumber(2, 320, 180).get());
  CHECK_FALSE(viewer->next(1ms));
  CHECK(seen(viewer->next(patience)) == 2);
}

TEST_CASE("a waiting viewer is told of the end, and nobody watches before the first picture") {
  CHECK_FALSE(std::make_shared<PictureFeed>()->watch(often));
  const auto feed = feedShowing(1);
  const std::shared_ptr<Preview> viewer = feed->watch(often);
  viewer->next(patience);
  auto waiting = std::async(std::launch::async, [&] { return viewer->next(60s); });
  feed->close();
  REQUIRE(waiting.wait_for(patience) == std::future_status::ready);
  CHECK_FALSE(waiting.get());
  CHECK(viewer->hasEnded());
  CHECK_FALSE(feed->watch(often));
}

TEST_CASE("pictures that change their size are encoded as they are") {
  const auto feed = feedShowing(1);
  const auto viewer = feed->watch(often);
  CHECK(seen(viewer->next(patience)) == 1);
  feed->put(drawNumber(2, 640, 360).get());
  const auto larger = viewer->next(patience);
  REQUIRE(larger);
  CHECK(decodeJpeg(*larger).width == 640);
}
