#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <variant>

namespace sightline {

// A file that is written for the first time, in the one folder of recordings.
class RecordingFile {
 public:
  enum class Failure { exists, failed };
  struct Refusal {
    Failure failure = Failure::failed;
    std::string text;
  };

  // `name` is one segment that ends in .mkv or .ts, see isRecordingName. Never opens a file that is
  // there already, nor a link.
  static std::variant<std::unique_ptr<RecordingFile>, Refusal> create(const std::string& folder,
                                                                      const std::string& name);
  // Takes an empty file away.
  ~RecordingFile();
  RecordingFile(const RecordingFile&) = delete;
  RecordingFile& operator=(const RecordingFile&) = delete;

  const std::string& name() const { return name_; }
  int descriptor() const { return descriptor_; }
  std::uint64_t bytes() const;
  // Waits for the disk, from where a power cut does not take it.
  void flush() const;
  // It holds nothing that is worth keeping.
  void discard();

 private:
  RecordingFile(int folder, std::string name, int descriptor);

  const int folder_;
  const std::string name_;
  const int descriptor_;
  bool discarded_ = false;
};

} // namespace sightline
