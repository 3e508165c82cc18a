#pragma once

#include <chrono>
#include <map>
#include <string>

namespace test {

struct HttpAnswer {
  // 0 when there was no answer.
  int status = 0;
  // Names in lower case.
  std::map<std::string, std::string> headers;
  std::string body;
};

// One TCP connection to a port of this machine; a read ends when nothing comes for `patience`.
class Connection {
 public:
  explicit Connection(int port, std::chrono::milliseconds patience = std::chrono::seconds(10));
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  bool send(const std::string& bytes) const;
  // Says that nothing more comes; answers can still be read.
  void endSending() const;
  // Up to and with the delimiter; what there is when the connection ends.
  std::string readUntil(const std::string& delimiter);
  // So many; fewer when the connection ends.
  std::string readBytes(std::size_t count);
  std::string readAll();
  int fd() const { return fd_; }

 private:
  bool fill();

  int fd_;
  std::string buffer_;
};

using Headers = std::map<std::string, std::string>;

// What comes, to its end.
HttpAnswer readAnswer(Connection& connection);
// Sends the bytes as they are and reads the answer to its end.
HttpAnswer exchange(int port, const std::string& request);
HttpAnswer request(int port, const std::string& method, const std::string& path,
                   const std::string& body = "", const Headers& headers = {});

} // namespace test
