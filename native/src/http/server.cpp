#include "http/server.h"

#include "pipeline/limits.h"
#include "pipeline/log.h"

#include <civetweb.h>

#include <algorithm>
#include <arpa/inet.h>
#include <atomic>
#include <chrono>
#include <exception>
#include <random>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

namespace sightline::http {

namespace {

int onLog(const mg_connection*, const char* message) {
  logWarn("http", message);
  return 1;
}

std::string newRequestId() {
  thread_local std::mt19937_64 generator{std::random_device{}()};
  char text[32];
  std::snprintf(text, sizeof text, "req_%016llx", static_cast<unsigned long long>(generator()));
  return text;
}

// The client's own id when it is fit for a header and a log line, else a fresh one.
std::string requestIdOf(const mg_connection* connection) {
  constexpr std::size_t sizeMax = 128;
  const char* given = mg_get_header(connection, "X-Request-Id");
  const std::string id = given != nullptr ? given : "";
  const bool fit = !id.empty() && id.size() <= sizeMax &&
                   std::all_of(id.begin(), id.end(),
                               [](char character) { return character > 0x20 && character < 0x7f; });
  return fit ? id : newRequestId();
}

enum class BodyEnd { whole, tooLarge, cutShort };

// Chunked bodies are joined by mg_read; they have no length beforehand.
BodyEnd readBody(mg_connection* connection, std::string& body) {
  const long long announced = mg_get_request_info(connection)->content_length;
  if (announced > static_cast<long long>(limits::bodyBytesMax)) {
    return BodyEnd::tooLarge;
  }
  char buffer[16 * 1024];
  int got = mg_read(connection, buffer, sizeof buffer);
  for (; got > 0; got = mg_read(connection, buffer, sizeof buffer)) {
    body.append(buffer, static_cast<std::size_t>(got));
    if (body.size() > limits::bodyBytesMax) {
      return BodyEnd::tooLarge;
    }
  }
  // Civetweb ends a body as well when its client leaves or pauses for too long.
  const bool whole = announced < 0 || body.size() == static_cast<std::size_t>(announced);
  return got == 0 && whole ? BodyEnd::whole : BodyEnd::cutShort;
}

bool writeAll(mg_connection* connection, std::string_view text) {
  return text.empty() || mg_write(connection, text.data(), text.size()) > 0;
}

void send(mg_connection* connection, const Request& request, const Response& response) {
  std::string head =
      "HTTP/1.1 " + std::to_string(response.status) + " " + statusPhrase(response.status) + "\r\n";
  const auto header = [&head](const std::string& name, const std::string& value) {
    head.append(name).append(": ").append(value).append("\r\n");
  };
  header("Content-Type", response.contentType);
  if (!response.stream) {
    header("Content-Length", std::to_string(response.body.size()));
  }
  header("Connection", "close");
  header("X-Request-Id", request.requestId);
  header("X-Content-Type-Options", "nosniff");
  for (const auto& [name, value] : response.headers) {
    header(name, value);
  }
  head += "\r\n";
  if (response.stream) {
    // Without a length the answer ends with the connection.
    writeAll(connection, head);
    response.stream([connection](std::string_view text) { return writeAll(connection, text); });
  } else {
    writeAll(connection, head + (request.method == "HEAD" ? std::string() : response.body));
  }
}

// Civetweb looks for the end of the server only every 2 s, unless somebody connects.
void knock(const std::string& address, int port) {
  const int socketFd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_port = htons(static_cast<std::uint16_t>(port));
  inet_pton(AF_INET, address.c_str(), &where.sin_addr);
  connect(socketFd, reinterpret_cast<const sockaddr*>(&where), sizeof where);
  close(socketFd);
}

Response unknownPath(Family family) {
  if (family == Family::sightline) {
    return problem(404, "route.not-found", "there is no such route");
  }
  Response response;
  response.status = 404;
  response.contentType = "text/plain; charset=utf-8";
  response.body = "Error 404: Not Found\nNot Found";
  return response;
}

} // namespace

Server::Server(EndpointTable table, Guard guard)
    : table_(std::move(table)), guard_(std::move(guard)) {}

Server::~Server() {
  stop();
}

bool Server::listen(const std::string& address, int port) {
  address_ = address;
  const std::string where = address + ":" + std::to_string(port);
  const std::string workers = std::to_string(limits::httpWorkers);
  const std::string timeout = std::to_string(limits::httpTimeout.count());
  // Paths stay encoded: a camera id may hold a slash. No CORS answers: every preflight comes to us.
  const char* options[] = {"listening_ports",
                           where.c_str(),
                           "num_threads",
                           workers.c_str(),
                           "request_timeout_ms",
                           timeout.c_str(),
                           "enable_keep_alive",
                           "no",
                           "decode_url",
                           "no",
                           "access_control_allow_origin",
                           "",
                           "access_control_allow_methods",
                           "",
                           nullptr};
  mg_callbacks callbacks{};
  callbacks.begin_request = onRequest;
  callbacks.log_message = onLog;
  context_ = mg_start(&callbacks, this, options);
  return context_ != nullptr;
}

int Server::port() const {
  mg_server_port listening{};
  return mg_get_server_ports(context_, 1, &listening) == 1 ? listening.port : 0;
}

void Server::stop() {
  if (context_ == nullptr) {
    return;
  }
  std::atomic<bool> stopped{false};
  std::thread waker([&stopped, address = address_, port = port()] {
    while (!stopped) {
      knock(address, port);
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
  });
  mg_stop(context_);
  context_ = nullptr;
  stopped = true;
  waker.join();
}

int Server::onRequest(mg_connection* connection) {
  auto* server = static_cast<Server*>(mg_get_user_data(mg_get_context(connection)));
  server->serve(connection);
  return 1;
}

void Server::serve(mg_connection* connection) {
  const mg_request_info* given = mg_get_request_info(connection);
  Request request;
  request.method = given->request_method;
  request.path = given->local_uri_raw != nullptr ? given->local_uri_raw : "";
  request.query = given->query_string != nullptr ? given->query_string : "";
  request.requestId = requestIdOf(connection);
  Response response;
  try {
    response = respond(connection, request);
  } catch (const std::exception& exception) {
    logError("http", std::string(exception.what()) + " (request " + request.requestId + ")");
    response = refusal(familyOf(request.path), 500, "internal", "the request failed");
  }
  send(connection, request, response);
  if (response.afterwards) {
    response.afterwards();
  }
}

Response Server::respond(mg_connection* connection, Request& request) {
  const Family family = familyOf(request.path);
  if (!guard_.isLocalRequest(mg_get_header(connection, "Origin"),
                             mg_get_header(connection, "Host"))) {
    return refusal(family, 403, "auth.forbidden",
                   "requests of web pages and for other host names are refused");
  }
  if ((family == Family::sightline || guard_.wantsTokenEverywhere()) &&
      !guard_.isAuthorized(mg_get_header(connection, "Authorization"))) {
    Response response = refusal(family, 401, "auth.required", "a bearer token is required");
    response.headers["WWW-Authenticate"] = "Bearer";
    return response;
  }
  auto match = findEndpoint(table_, request.method, request.path);
  if (!match) {
    return unknownPath(family);
  }
  if (match->endpoint == nullptr) {
    return refusal(family, 405, "route.method-not-allowed", request.method + " method not allowed");
  }
  switch (readBody(connection, request.body)) {
  case BodyEnd::tooLarge:
    return refusal(family, 413, "input.too-large", "the body is larger than 1 MiB");
  case BodyEnd::cutShort:
    return refusal(family, 400, "input.invalid", "the body ends too early");
  case BodyEnd::whole:
    break;
  }
  request.segment = std::move(match->segment);
  return match->endpoint->handle(request);
}

} // namespace sightline::http
