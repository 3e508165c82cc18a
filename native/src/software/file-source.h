#pragma once

#include "software/source.h"

#include <string>

namespace sightline {

// A recording, played once at its own pace. The container is told from the first bytes and demuxed
// by one known element: automatic plugging would also follow playlists to other hosts.
class FileSource final : public Source {
 public:
  FileSource(const Admission& admission, const SourceSetup& setup, const Context& context);
  ~FileSource() override;
  std::optional<Progress> progress() const override;

 protected:
  StreamError classify(GstMessage* message) const override;

 private:
  static void onPad(GstElement* demuxer, GstPad* pad, gpointer self);
  static void onNoMorePads(GstElement* demuxer, gpointer self);

  GObjectPointer<GstPad> decoder_;
  // All only touched by the demuxer's thread.
  bool linked_ = false;
  std::string otherVideo_;
  bool otherCodec_ = false;
};

// The demuxer for a file that begins with these bytes; null for an unknown container.
const char* demuxerFor(const std::string& head);

} // namespace sightline
