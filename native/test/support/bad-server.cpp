#include "support/bad-server.h"

#include <arpa/inet.h>
#include <unistd.h>

namespace test {

BadServer::BadServer(Reply reply) : reply_(std::move(reply)) {
  sockaddr_in where{};
  where.sin_family = AF_INET;
  inet_pton(AF_INET, "127.0.0.1", &where.sin_addr);
  bind(fd_, reinterpret_cast<const sockaddr*>(&where), sizeof where);
  ::listen(fd_, 5);
  thread_ = std::thread([this] { serve(); });
}

BadServer::~BadServer() {
  shutdown(fd_, SHUT_RDWR);
  thread_.join();
  close(fd_);
}

int BadServer::port() const {
  sockaddr_in where{};
  socklen_t size = sizeof where;
  getsockname(fd_, reinterpret_cast<sockaddr*>(&where), &size);
  return ntohs(where.sin_port);
}

void BadServer::serve() {
  for (int client = accept(fd_, nullptr, nullptr); client >= 0;
       client = accept(fd_, nullptr, nullptr)) {
    char request[4096];
    ssize_t got = recv(client, request, sizeof request, 0);
    while (got > 0) {
      const std::string answer = reply_(std::string(request, static_cast<std::size_t>(got)));
      if (answer.empty()) {
        break;
      }
      ::send(client, answer.data(), answer.size(), MSG_NOSIGNAL);
      got = recv(client, request, sizeof request, 0);
    }
    close(client);
  }
}

BadServer::Reply always(const std::string& bytes) {
  return [bytes](const std::string&) { return bytes; };
}

BadServer::Reply redirectingTo(const std::string& url) {
  return [url](const std::string& request) {
    return request.starts_with("DESCRIBE")
               ? "RTSP/1.0 302 Found\r\nCSeq: 2\r\nLocation: " + url + "\r\n\r\n"
               : muteCamera(request);
  };
}

std::string muteCamera(const std::string& request) {
  const std::string sequence =
      request.substr(request.find("CSeq: "),
                     request.find("\r\n", request.find("CSeq: ")) - request.find("CSeq: "));
  const std::string head = "RTSP/1.0 200 OK\r\n" + sequence + "\r\n";
  if (request.starts_with("DESCRIBE")) {
    const std::string sdp =
        "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=mute\r\nt=0 0\r\nm=video 0 RTP/AVP 96\r\n"
        "a=rtpmap:96 H264/90000\r\na=control:video\r\n";
    return head + "Content-Type: application/sdp\r\nContent-Length: " + std::to_string(sdp.size()) +
           "\r\n\r\n" + sdp;
  }
  if (request.starts_with("SETUP")) {
    return head + "Session: 1\r\nTransport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n\r\n";
  }
  return head + "Session: 1\r\nPublic: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN\r\n\r\n";
}

} // namespace test
