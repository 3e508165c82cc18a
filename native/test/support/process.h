#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace test {

// True as soon as `condition` holds; false when it does not within `limit`.
bool waitFor(const std::function<bool()>& condition,
             std::chrono::milliseconds limit = std::chrono::seconds(15));

// "address", "thread", or empty: what the program under test was built with.
std::string sanitizer();
// How long a child may take to start, to answer and to end: a sanitizer slows it down.
std::chrono::milliseconds childLimit();

// A folder of this test process that goes with it.
const std::string& scratch();
// Writes a file of mode 0600 into the scratch folder and returns its path.
std::string writeFile(const std::string& name, const std::string& text);

// A child with pipes to its standard input and output; its standard error goes into a file.
class Process {
 public:
  explicit Process(std::vector<std::string> command);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  pid_t pid() const { return pid_; }
  // As far as wait() has seen.
  bool ended() const { return ended_; }
  // The next line of its standard output; empty when it ended or said nothing in time.
  std::string readLine();
  void writeLine(const std::string& line);
  void signal(int number) const;
  // Waits for its end: the exit code, or minus the signal; -1000 when it did not end in time.
  int wait(std::chrono::milliseconds limit = childLimit());
  std::string errors() const;
  int openFiles() const;
  int threads() const;
  // Resident memory.
  int memoryKb() const;

 private:
  pid_t pid_ = -1;
  int input_ = -1;
  int output_ = -1;
  std::string errorFile_;
  bool ended_ = false;
};

} // namespace test
