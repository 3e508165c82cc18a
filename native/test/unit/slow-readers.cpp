// Clients and disks that do not take what is encoded.
#include "gstreamer/elements.h"
#include "gstreamer/encoder-codec.h"
#include "gstreamer/output.h"
#include "software/recordings.h"
#include "support/process.h"

#include <doctest/doctest.h>
#include <gst/app/gstappsink.h>
#include <gst/app/gstappsrc.h>

#include <atomic>
#include <filesystem>
#include <string_view>
#include <thread>
#include <unistd.h>

using namespace sightline;
using test::waitFor;

namespace {

// Large, so that little fills a pipe.
struct Units {
  SamplePointer idr;
  SamplePointer other;
};

Units encodeTwo() {
  const GObjectPointer<GstElement> pipeline(GST_ELEMENT(gst_object_ref_sink(
      parseBin("videotestsrc num-buffers=2 pattern=snow ! video/x-raw,width=640,height=360 ! "
               "x264enc tune=zerolatency bitrate=20000 ! h264parse config-interval=-1 ! "
               "video/x-h264,stream-format=byte-stream,alignment=au ! appsink name=output",
               false))));
  gst_element_set_state(pipeline.get(), GST_STATE_PLAYING);
  const auto output = childNamed(pipeline.get(), "output");
  const auto pull = [&] {
    SamplePointer unit(gst_app_sink_pull_sample(GST_APP_SINK(output.get())));
    REQUIRE(unit);
    return unit;
  };
  Units units{pull(), pull()};
  gst_element_set_state(pipeline.get(), GST_STATE_NULL);
  return units;
}

// The media of an RTSP client, with what follows its payloader.
class Client {
 public:
  explicit Client(VideoCodec codec)
      : pipeline_(GST_ELEMENT(gst_object_ref_sink(gst_pipeline_new(nullptr)))) {
    GstElement* bin = gst_parse_launch_full(rtspMediaDescription(codec).c_str(), nullptr,
                                            GST_PARSE_FLAG_PLACE_IN_BIN, nullptr);
    GstElement* sink = makeElement("fakesink");
    gst_bin_add_many(GST_BIN(pipeline_.get()), bin, sink, nullptr);
    source_ = padNamed(childNamed(bin, "pay0").get(), "src");
    gst_pad_link_maybe_ghosting(source_.get(), padNamed(sink, "sink").get());
    input_ = childNamed(bin, "input");
    gst_element_set_state(pipeline_.get(), GST_STATE_PLAYING);
    media_.reset(gst_rtsp_media_new(GST_ELEMENT(gst_object_ref(bin))));
  }
  ~Client() { gst_element_set_state(pipeline_.get(), GST_STATE_NULL); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  GstRTSPMedia* media() { return media_.get(); }
  bool hasEnded() {
    return gst_app_src_push_buffer(GST_APP_SRC(input_.get()), gst_buffer_new()) == GST_FLOW_EOS;
  }
  void hold() {
    probe_ = gst_pad_add_probe(
        source_.get(), GST_PAD_PROBE_TYPE_BLOCK_DOWNSTREAM,
        [](GstPad*, GstPadProbeInfo*, gpointer) { return GST_PAD_PROBE_OK; }, nullptr, nullptr);
  }
  void release() { gst_pad_remove_probe(source_.get(), probe_); }

 private:
  GObjectPointer<GstElement> pipeline_;
  GObjectPointer<GstElement> input_;
  GObjectPointer<GstPad> source_;
  GObjectPointer<GstRTSPMedia> media_;
  gulong probe_ = 0;
};

// More units than can be waiting anywhere.
constexpr int many = 400;

// Stands before each IDR, and nowhere else. [H.264, 7.4.1: nal_unit_type 7]
constexpr std::string_view parameterSet("\0\0\0\1\x67", 5);

std::size_t sizeOf(const SamplePointer& unit) {
  return gst_buffer_get_size(gst_sample_get_buffer(unit.get()));
}

std::string newFolder() {
  std::string pattern = (std::filesystem::temp_directory_path() / "sightline-XXXXXX").string();
  REQUIRE(mkdtemp(pattern.data()) != nullptr);
  return pattern;
}

std::unique_ptr<RecordingFile> createFile(const std::string& folder, const std::string& name) {
  auto created = RecordingFile::create(folder, name);
  return std::move(std::get<std::unique_ptr<RecordingFile>>(created));
}

} // namespace

TEST_CASE("a client that did not read asks for one IDR when it reads again, and goes on with it") {
  const Units units = encodeTwo();
  const auto output = std::make_shared<Output>();
  std::atomic<int> asked{0};
  output->setIdrRequest([&] { ++asked; });
  Client client(VideoCodec::h264);
  output->join(client.media());
  CHECK(asked == 1);
  output->deliver(units.idr.get(), true);
  REQUIRE(waitFor([&] { return output->bytesOut() > 0; }));
  client.hold();
  for (int unit = 0; unit < many; ++unit) {
    output->deliver(units.other.get(), false);
  }
  CHECK(asked == 1);
  client.release();
  REQUIRE(waitFor([&] {
    output->deliver(units.other.get(), false);
    return asked == 2;
  }));
  for (int unit = 0; unit < many; ++unit) {
    output->deliver(units.other.get(), false);
  }
  CHECK(asked == 2);
  const std::uint64_t before = output->bytesOut();
  output->deliver(units.idr.get(), true);
  CHECK(waitFor([&] {
    output->deliver(units.other.get(), false);
    return output->bytesOut() > before + many * sizeOf(units.other);
  }));
}

TEST_CASE("a client whose media is for the codec of before is ended") {
  const auto output = std::make_shared<Output>();
  Client before(VideoCodec::h264);
  output->setCodec(VideoCodec::h265);
  output->join(before.media());
  CHECK(before.hasEnded());
  Client after(VideoCodec::h265);
  output->join(after.media());
  CHECK_FALSE(after.hasEnded());
}

TEST_CASE(
    "a recording whose disk was slow asks for one IDR when there is room, and goes on with it") {
  const Units units = encodeTwo();
  const std::string folder = newFolder();
  std::array<int, 2> pipe{};
  REQUIRE(::pipe(pipe.data()) == 0);
  auto file = createFile(folder, "slow.ts");
  // Takes 64 KiB, and no more until somebody reads.
  REQUIRE(dup2(pipe[1], file->descriptor()) >= 0);
  close(pipe[1]);
  std::string written;
  std::atomic<std::size_t> bytes{0};
  std::jthread disk;
  {
    Recorder recorder(std::move(file), VideoCodec::h264, [](const auto&, const auto&) {});
    int asked = 0;
    const auto deliverMany = [&] {
      for (int unit = 0; unit < many; ++unit) {
        asked += recorder.deliver(units.other.get(), false) ? 1 : 0;
      }
    };
    CHECK_FALSE(recorder.deliver(units.idr.get(), true));
    deliverMany();
    disk = std::jthread([&] {
      std::array<char, 65536> taken{};
      ssize_t count = 0;
      while ((count = read(pipe[0], taken.data(), taken.size())) > 0) {
        written.append(taken.data(), static_cast<std::size_t>(count));
        bytes = written.size();
      }
    });
    REQUIRE(waitFor([&] {
      asked += recorder.deliver(units.other.get(), false) ? 1 : 0;
      return asked > 0;
    }));
    deliverMany();
    CHECK(asked == 1);
    // Then there is room for those that follow.
    REQUIRE(waitFor([&] { return bytes > 10 * sizeOf(units.other); }));
    recorder.deliver(units.idr.get(), true);
    recorder.deliver(units.other.get(), false);
    recorder.deliver(units.other.get(), false);
  }
  disk.join();
  close(pipe[0]);
  const std::size_t first = written.find(parameterSet);
  const std::size_t second = written.find(parameterSet, first + 1);
  REQUIRE(second != std::string::npos);
  CHECK(written.find(parameterSet, second + 1) == std::string::npos);
  // All that was delivered since is there, once the recording has ended.
  CHECK(written.size() - second > sizeOf(units.idr) + 2 * sizeOf(units.other));
  std::filesystem::remove_all(folder);
}

TEST_CASE("a stream that has been stopped begins no recording, and leaves no file") {
  const std::string folder = newFolder();
  Recordings recordings([](const auto&, const auto&) {});
  recordings.stop();
  CHECK_FALSE(recordings.begin(createFile(folder, "late.mkv"), VideoCodec::h264));
  CHECK(std::filesystem::is_empty(folder));
  std::filesystem::remove_all(folder);
}
