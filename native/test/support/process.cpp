#include "support/process.h"

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <poll.h>
#include <sstream>
#include <stdexcept>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace test {

namespace fs = std::filesystem;

namespace {

struct Scratch {
  std::string path =
      (fs::temp_directory_path() / ("sightline-live-" + std::to_string(getpid()))).string();
  Scratch() { fs::create_directories(path); }
  ~Scratch() { fs::remove_all(path); }
};

[[noreturn]] void execute(std::vector<std::string>& command, const int* input, const int* output,
                          const std::string& errorFile) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  dup2(input[0], STDIN_FILENO);
  dup2(output[1], STDOUT_FILENO);
  dup2(open(errorFile.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600), STDERR_FILENO);
  std::vector<char*> arguments;
  for (std::string& word : command) {
    arguments.push_back(word.data());
  }
  arguments.push_back(nullptr);
  execv(arguments[0], arguments.data());
  _exit(127);
}

int count(const fs::path& folder) {
  return static_cast<int>(std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

} // namespace

bool waitFor(const std::function<bool()>& condition, std::chrono::milliseconds limit) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) {
      return false;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return true;
}

std::string sanitizer() {
  const char* name = std::getenv("SIGHTLINE_SANITIZER");
  return name != nullptr ? name : "";
}

std::chrono::milliseconds childLimit() {
  return std::chrono::seconds(sanitizer().empty() ? 10 : 30);
}

const std::string& scratch() {
  static const Scratch folder;
  return folder.path;
}

std::string writeFile(const std::string& name, const std::string& text) {
  const std::string path = scratch() + "/" + name;
  std::ofstream(path, std::ios::binary) << text;
  fs::permissions(path, fs::perms::owner_read | fs::perms::owner_write);
  return path;
}

Process::Process(std::vector<std::string> command) {
  static std::atomic<int> number{0};
  errorFile_ = scratch() + "/stderr-" + std::to_string(++number);
  int input[2];
  int output[2];
  if (pipe2(input, O_CLOEXEC) != 0 || pipe2(output, O_CLOEXEC) != 0) {
    throw std::runtime_error("no pipes");
  }
  pid_ = fork();
  if (pid_ == 0) {
    execute(command, input, output, errorFile_);
  }
  close(input[0]);
  close(output[1]);
  input_ = input[1];
  output_ = output[0];
}

Process::~Process() {
  if (!ended_) {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  close(input_);
  close(output_);
}

std::string Process::readLine() {
  std::string line;
  pollfd waiting{output_, POLLIN, 0};
  char character = 0;
  while (poll(&waiting, 1, static_cast<int>(childLimit().count())) == 1 &&
         read(output_, &character, 1) == 1) {
    if (character == '\n') {
      return line;
    }
    line += character;
  }
  return {};
}

void Process::writeLine(const std::string& line) {
  const std::string text = line + "\n";
  if (write(input_, text.data(), text.size()) < 0) {
    throw std::runtime_error("the child does not read");
  }
}

void Process::signal(int number) const {
  kill(pid_, number);
}

int Process::wait(std::chrono::milliseconds limit) {
  int status = 0;
  if (!waitFor([&] { return waitpid(pid_, &status, WNOHANG) == pid_; }, limit)) {
    return -1000;
  }
  ended_ = true;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

std::string Process::errors() const {
  std::ostringstream text;
  text << std::ifstream(errorFile_).rdbuf();
  return text.str();
}

int Process::openFiles() const {
  return count("/proc/" + std::to_string(pid_) + "/fd");
}

int Process::threads() const {
  return count("/proc/" + std::to_string(pid_) + "/task");
}

int Process::memoryKb() const {
  std::ifstream status("/proc/" + std::to_string(pid_) + "/status");
  std::string word;
  int kb = 0;
  while (status >> word && word != "VmRSS:") {
  }
  status >> kb;
  return kb;
}

} // namespace test
