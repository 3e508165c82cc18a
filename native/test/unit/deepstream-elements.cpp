#include "deepstream/capabilities.h"
#include "gstreamer/elements.h"
#include "support/stub-deepstream.h"

#include <doctest/doctest.h>

using namespace sightline;
using namespace sightline::deepstream;

TEST_SUITE_BEGIN("deepstream");

TEST_CASE("DeepStream is here when all of its elements load, and not when one is missing") {
  const BackendSetup setup;
  CHECK(missingElements(setup, [](const char*) { return true; }).empty());
  for (const char* name : requiredElements(setup)) {
    CHECK(missingElements(setup, [&](const char* other) { return other != std::string(name); }) ==
          name);
  }
  CHECK(missingElements(setup, [](const char*) {
          return false;
        }).starts_with("nvurisrcbin nvv4l2decoder "));
}

TEST_CASE("a machine without an encoder is DeepStream's when nothing is to be encoded") {
  const auto hasNoEncoder = [](const char* name) {
    return std::string(name).find("enc") == std::string::npos;
  };
  BackendSetup setup;
  CHECK(missingElements(setup, hasNoEncoder) == "nvv4l2h264enc");
  setup.encodes = false;
  CHECK(missingElements(setup, hasNoEncoder).empty());
}

TEST_CASE("what was found is named with its version and file") {
  test::loadStubs();
  CHECK(missingElements(BackendSetup{}, canLoad).empty());
  CHECK(foundVersions(BackendSetup{}).find("nvinfer 0.1 (libgstdeepstreamstubs.so)") !=
        std::string::npos);
}

TEST_CASE("a property that says that it only changes before the start is not changed later") {
  test::loadStubs();
  CHECK(isChangeable("nvvideoconvert", "src-crop"));
  CHECK(isChangeable("nvstreammux", "batched-push-timeout"));
  CHECK_FALSE(isChangeable("nvvideoconvert", "dest-crop"));
  CHECK_FALSE(isChangeable("nvvideoconvert", "no-such-property"));
  CHECK_FALSE(isChangeable("no-such-element", "src-crop"));
  CHECK(hasProperty("nvvideoconvert", "dest-crop"));
  CHECK_FALSE(hasProperty("nvvideoconvert", "no-such-property"));
}

TEST_CASE("a value that a property cannot hold changes nothing") {
  test::loadStubs();
  const GObjectPointer<GstElement> decoder(
      GST_ELEMENT(gst_object_ref_sink(makeElement("nvv4l2decoder"))));
  const auto interval = [&] {
    guint value = 0;
    g_object_get(decoder.get(), "drop-frame-interval", &value, nullptr);
    return value;
  };
  CHECK(setProperty(decoder.get(), "drop-frame-interval", 30));
  CHECK(interval() == 30);
  CHECK_FALSE(setProperty(decoder.get(), "drop-frame-interval", 31));
  CHECK_FALSE(setProperty(decoder.get(), "drop-frame-interval", -1));
  CHECK_FALSE(setProperty(decoder.get(), "drop-frame-interval", std::string("2")));
  CHECK(interval() == 30);
  CHECK_FALSE(setProperty(decoder.get(), "skip-frames", 3));
  CHECK_FALSE(setProperty(decoder.get(), "no-such-property", 1));
}

TEST_SUITE_END();
