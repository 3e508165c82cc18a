#include "software/file-source.h"

#include "gstreamer/elements.h"
#include "gstreamer/encoder-codec.h"
#include "gstreamer/recording-progress.h"

#include <fstream>
#include <string_view>

namespace sightline {

namespace {

constexpr std::size_t headBytes = 256;

std::string readHead(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string head(headBytes, '\0');
  file.read(head.data(), static_cast<std::streamsize>(head.size()));
  head.resize(static_cast<std::size_t>(file.gcount()));
  return head;
}

} // namespace

const char* demuxerFor(const std::string& head) {
  constexpr std::size_t tsPacketBytes = 188;
  const std::string_view bytes(head);
  if (bytes.size() >= 8) {
    const std::string_view box = bytes.substr(4, 4);
    for (const std::string_view known : {"ftyp", "moov", "mdat", "free", "skip", "wide"}) {
      if (box == known) {
        return "qtdemux";
      }
    }
  }
  if (bytes.starts_with("\x1a\x45\xdf\xa3")) {
    return "matroskademux";
  }
  if (bytes.starts_with("RIFF") && bytes.size() >= 12 && bytes.substr(8, 4) == "AVI ") {
    return "avidemux";
  }
  if (bytes.starts_with("FLV")) {
    return "flvdemux";
  }
  if (bytes.starts_with("G") && bytes.size() > tsPacketBytes && bytes[tsPacketBytes] == 'G') {
    return "tsdemux";
  }
  return nullptr;
}

FileSource::FileSource(const Admission& admission, const SourceSetup& setup, const Context& context)
    : Source(setup, context) {
  const char* factory = demuxerFor(readHead(admission.location));
  if (factory == nullptr) {
    fail({stream_code::invalid, "the file is in no known video container"});
    return;
  }
  GstElement* file = makeElement("filesrc");
  GstElement* demuxer = makeElement(factory);
  g_object_set(file, "location", admission.location.c_str(), nullptr);
  gst_bin_add_many(bin(), file, demuxer, nullptr);
  gst_element_link(file, demuxer);
  decoder_ = addDecoder(Input::pictures);
  g_signal_connect(demuxer, "pad-added", G_CALLBACK(onPad), this);
  g_signal_connect(demuxer, "no-more-pads", G_CALLBACK(onNoMorePads), this);
  start();
}

FileSource::~FileSource() {
  stop();
}

std::optional<Progress> FileSource::progress() const {
  return decoder_ ? progressOf(decoder_.get()) : std::nullopt;
}

void FileSource::onPad(GstElement*, GstPad* pad, gpointer self) {
  auto* source = static_cast<FileSource*>(self);
  const Handover::Visit visit(source->handover_);
  const CapsPointer caps(gst_pad_get_current_caps(pad));
  const std::string_view type =
      caps ? gst_structure_get_name(gst_caps_get_structure(caps.get(), 0)) : "";
  if (type == mediaType(source->setup().codec) && !source->linked_) {
    source->linked_ = gst_pad_link(pad, source->decoder_.get()) == GST_PAD_LINK_OK;
  } else if (type == mediaType(source->setup().otherCodec())) {
    source->otherCodec_ = true;
  } else if (type.starts_with("video/")) {
    source->otherVideo_ = type;
  }
}

void FileSource::onNoMorePads(GstElement*, gpointer self) {
  auto* source = static_cast<FileSource*>(self);
  const Handover::Visit visit(source->handover_);
  if (source->linked_) {
    return;
  }
  if (source->otherCodec_) {
    source->reportOtherCodec();
  } else if (source->otherVideo_.empty()) {
    source->fail({stream_code::noVideo, "the file has no video"});
  } else {
    source->fail({stream_code::codecUnsupported,
                  "the file holds " + source->otherVideo_ + ", neither H264 nor H265"});
  }
}

StreamError FileSource::classify(GstMessage* message) const {
  GError* raised = nullptr;
  gst_message_parse_error(message, &raised, nullptr);
  const ErrorPointer error(raised);
  if (g_error_matches(error.get(), GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NOT_FOUND)) {
    return {stream_code::notFound, "the file does not exist"};
  }
  return {stream_code::invalid, error->message};
}

} // namespace sightline
