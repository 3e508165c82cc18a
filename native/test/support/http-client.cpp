#include "support/http-client.h"

#include <arpa/inet.h>
#include <cctype>
#include <sstream>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>

namespace test {

Connection::Connection(int port, std::chrono::milliseconds patience)
    : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_port = htons(static_cast<std::uint16_t>(port));
  inet_pton(AF_INET, "127.0.0.1", &where.sin_addr);
  const timeval limit{patience.count() / 1000, patience.count() % 1000 * 1000};
  setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  if (connect(fd_, reinterpret_cast<const sockaddr*>(&where), sizeof where) != 0) {
    close(fd_);
    throw std::runtime_error("nobody listens on port " + std::to_string(port));
  }
}

Connection::~Connection() {
  close(fd_);
}

bool Connection::send(const std::string& bytes) const {
  std::size_t sent = 0;
  while (sent < bytes.size()) {
    const ssize_t now = ::send(fd_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (now <= 0) {
      return false;
    }
    sent += static_cast<std::size_t>(now);
  }
  return true;
}

void Connection::endSending() const {
  shutdown(fd_, SHUT_WR);
}

bool Connection::fill() {
  char bytes[16 * 1024];
  const ssize_t got = recv(fd_, bytes, sizeof bytes, 0);
  if (got <= 0) {
    return false;
  }
  buffer_.append(bytes, static_cast<std::size_t>(got));
  return true;
}

std::string Connection::readUntil(const std::string& delimiter) {
  std::size_t at = buffer_.find(delimiter);
  while (at == std::string::npos && fill()) {
    at = buffer_.find(delimiter);
  }
  const std::size_t size = at == std::string::npos ? buffer_.size() : at + delimiter.size();
  const std::string result = buffer_.substr(0, size);
  buffer_.erase(0, size);
  return result;
}

std::string Connection::readBytes(std::size_t count) {
  while (buffer_.size() < count && fill()) {
  }
  const std::string result = buffer_.substr(0, count);
  buffer_.erase(0, result.size());
  return result;
}

std::string Connection::readAll() {
  while (fill()) {
  }
  return std::move(buffer_);
}

HttpAnswer readAnswer(Connection& connection) {
  std::istringstream head(connection.readUntil("\r\n\r\n"));
  HttpAnswer answer;
  std::string version;
  head >> version >> answer.status;
  std::string line;
  std::getline(head, line);
  while (std::getline(head, line) && line.size() > 1) {
    const std::size_t colon = line.find(": ");
    std::string name = line.substr(0, colon);
    for (char& character : name) {
      character = static_cast<char>(std::tolower(static_cast<unsigned char>(character)));
    }
    answer.headers[name] = line.substr(colon + 2, line.size() - colon - 3);
  }
  answer.body = connection.readAll();
  return answer;
}

HttpAnswer exchange(int port, const std::string& request) {
  Connection connection(port);
  connection.send(request);
  return readAnswer(connection);
}

HttpAnswer request(int port, const std::string& method, const std::string& path,
                   const std::string& body, const Headers& headers) {
  std::string text = method + " " + path + " HTTP/1.1\r\n";
  if (!headers.contains("Host")) {
    text += "Host: 127.0.0.1:" + std::to_string(port) + "\r\n";
  }
  for (const auto& [name, value] : headers) {
    text.append(name).append(": ").append(value).append("\r\n");
  }
  if (!body.empty()) {
    text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  }
  return exchange(port, text + "\r\n" + body);
}

} // namespace test
