#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <gst/gst.h>

int main(int argc, char** argv) {
  gst_init(nullptr, nullptr);
  return doctest::Context(argc, argv).run();
}
