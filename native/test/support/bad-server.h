#pragma once

#include <functional>
#include <string>
#include <sys/socket.h>
#include <thread>

namespace test {

// A server that answers each request of a client with what `reply` makes of it; an empty reply
// closes the connection. One client at a time.
class BadServer {
 public:
  using Reply = std::function<std::string(const std::string& request)>;

  explicit BadServer(Reply reply);
  ~BadServer();
  BadServer(const BadServer&) = delete;
  BadServer& operator=(const BadServer&) = delete;

  int port() const;

 private:
  void serve();

  const Reply reply_;
  int fd_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  std::thread thread_;
};

BadServer::Reply always(const std::string& bytes);
// Speaks RTSP up to PLAY and then sends no picture.
std::string muteCamera(const std::string& request);
// Speaks RTSP up to DESCRIBE, and then names this URL instead of itself.
BadServer::Reply redirectingTo(const std::string& url);

} // namespace test
