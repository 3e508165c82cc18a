#include "http/server.h"

#include "http/wire.h"
#include "pipeline/limits.h"
#include "pipeline/log.h"

#include <civetweb.h>

#include <algorithm>
#include <arpa/inet.h>
#include <atomic>
#include <cctype>
#include <chrono>
#include <exception>
#include <map>
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

std::map<std::string, std::string> headersOf(const mg_request_info& given) {
  std::map<std::string, std::string> headers;
  for (int at = 0; at < given.num_headers; ++at) {
    std::string name = given.http_headers[at].name;
    std::transform(name.begin(), name.end(), name.begin(),
                   [](unsigned char character) { return std::tolower(character); });
    headers.emplace(std::move(name), given.http_headers[at].value);
  }
  return headers;
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

// The headers of a preflight that civetweb would send; the guard has let its origin pass.
bool isPreflight(const Request& request) {
  return request.method == "OPTIONS" && !request.header("origin").empty() &&
         !request.header("access-control-request-method").empty();
}

Response preflight(const Request& request) {
  Response response;
  response.isCrossOrigin = true;
  response.isOurs = true;
  response.headers["Access-Control-Allow-Methods"] =
      request.header("access-control-request-method");
  const std::string wanted = request.header("access-control-request-headers");
  if (!wanted.empty()) {
    response.headers["Access-Control-Allow-Headers"] = wanted;
  }
  response.headers["Access-Control-Max-Age"] = "60";
  return response;
}

Response unknownPath(Family family) {
  return family == Family::sightline ? problem(404, "route.not-found", "there is no such route")
                                     : errorPage(404, "Not Found");
}

// DeepStream's server knows four methods; the rest is civetweb's business, whatever the path.
bool isKnownMethod(const std::string& method) {
  return method == "GET" || method == "POST" || method == "PUT" || method == "DELETE";
}

Response unknownMethod(const std::string& method) {
  return method == "HEAD" || method == "OPTIONS" ? errorPage(404, "Not Found")
                                                 : errorPage(405, method + " method not allowed");
}

} // namespace

Server::Server(EndpointTable table, Guard guard, Compatibility compatibility)
    : table_(std::move(table)), guard_(std::move(guard)), compatibility_(compatibility) {}

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
  try {
    server->serve(connection);
  } catch (const std::exception& exception) {
    // Civetweb is C; it closes the connection, so that the client sees an answer cut off.
    logError("http", std::string("an answer ended early: ") + exception.what());
  }
  return 1;
}

void Server::serve(mg_connection* connection) {
  const mg_request_info* given = mg_get_request_info(connection);
  Request request;
  request.method = given->request_method;
  request.path = given->local_uri_raw != nullptr ? given->local_uri_raw : "";
  request.query = given->query_string != nullptr ? given->query_string : "";
  request.remoteAddress = given->remote_addr;
  request.requestId = requestIdOf(connection);
  request.headers = headersOf(*given);
  Response response;
  try {
    response = respond(connection, request);
  } catch (const std::exception& exception) {
    logError("http", std::string(exception.what()) + " (request " + request.requestId + ")");
    response = refusal(familyOf(request.path), 500, "internal", "the request failed");
  }
  const bool isAsNvidia = compatibility_.isAlways200() && !response.isOurs &&
                          familyOf(request.path) == Family::deepstream;
  if (isAsNvidia) {
    sendAsNvidia(connection, response);
  } else {
    sendAnswer(connection, request, response);
  }
  if (response.afterwards) {
    response.afterwards();
  }
}

// What the guard says, in our own form: NVIDIA's server has no guard.
Response Server::respond(mg_connection* connection, Request& request) {
  const Family family = familyOf(request.path);
  if (!guard_.isAllowedRequest(mg_get_header(connection, "Origin"),
                               mg_get_header(connection, "Host"))) {
    Response response = refusal(family, 403, "auth.forbidden",
                                "requests of web pages and for other host names are refused");
    response.isOurs = true;
    return response;
  }
  if (isPreflight(request)) {
    // It never has credentials.
    return preflight(request);
  }
  if ((family == Family::sightline || guard_.wantsTokenEverywhere()) &&
      !guard_.isAuthorized(mg_get_header(connection, "Authorization"))) {
    Response response = refusal(family, 401, "auth.required", "a bearer token is required");
    response.headers["WWW-Authenticate"] = "Bearer";
    response.isOurs = true;
    return response;
  }
  Response response = handle(connection, request);
  response.isCrossOrigin = true;
  return response;
}

Response Server::handle(mg_connection* connection, Request& request) const {
  const Family family = familyOf(request.path);
  if (family == Family::deepstream && !isKnownMethod(request.method)) {
    return unknownMethod(request.method);
  }
  auto match = findEndpoint(table_, request.method, request.path);
  if (!match) {
    return unknownPath(family);
  }
  if (match->endpoint == nullptr) {
    if (family == Family::deepstream && compatibility_.isAlways200()) {
      Response response;
      response.body = "null";
      return response;
    }
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
