#include "software/recording-file.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace sightline {

std::variant<std::unique_ptr<RecordingFile>, RecordingFile::Refusal>
RecordingFile::create(const std::string& folder, const std::string& name) {
  constexpr mode_t ownerAndGroup = 0640;
  const int folderFd = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folderFd < 0) {
    return Refusal{Failure::failed,
                   std::string("the folder of recordings cannot be opened: ") + strerror(errno)};
  }
  // O_EXCL follows no link either.
  const int descriptor =
      openat(folderFd, name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, ownerAndGroup);
  if (descriptor < 0) {
    const int reason = errno;
    close(folderFd);
    return Refusal{reason == EEXIST ? Failure::exists : Failure::failed,
                   std::string("the file cannot be made: ") + strerror(reason)};
  }
  return std::unique_ptr<RecordingFile>(new RecordingFile(folderFd, name, descriptor));
}

RecordingFile::RecordingFile(int folder, std::string name, int descriptor)
    : folder_(folder), name_(std::move(name)), descriptor_(descriptor) {}

RecordingFile::~RecordingFile() {
  if (discarded_ || bytes() == 0) {
    unlinkat(folder_, name_.c_str(), 0);
  }
  close(descriptor_);
  close(folder_);
}

std::uint64_t RecordingFile::bytes() const {
  struct stat status {};
  return fstat(descriptor_, &status) == 0 ? static_cast<std::uint64_t>(status.st_size) : 0;
}

void RecordingFile::discard() {
  discarded_ = true;
}

void RecordingFile::flush() const {
  fdatasync(descriptor_);
  // The name as well; it is there from the start on, and then this costs nothing.
  fsync(folder_);
}

} // namespace sightline
