#include "http/wire.h"

#include <civetweb.h>

#include <string>
#include <utility>
#include <vector>

namespace sightline::http {

namespace {

// False as well when the client took only a part: what follows would not fit behind it.
bool writeAll(mg_connection* connection, std::string_view text) {
  return text.empty() ||
         mg_write(connection, text.data(), text.size()) == static_cast<int>(text.size());
}

using HeaderList = std::vector<std::pair<std::string, std::string>>;

std::string headText(int status, const HeaderList& headers) {
  std::string head = "HTTP/1.1 " + std::to_string(status) + " " + statusPhrase(status) + "\r\n";
  for (const auto& [name, value] : headers) {
    head.append(name).append(": ").append(value).append("\r\n");
  }
  return head + "\r\n";
}

HeaderList headersOf(const Request& request, const Response& response) {
  constexpr int noContent = 204;
  HeaderList headers;
  // [RFC 9110, 8.6] A length there would be a mistake.
  if (response.status != noContent) {
    headers.emplace_back("Content-Type", response.contentType);
    if (!response.stream) {
      headers.emplace_back("Content-Length", std::to_string(response.body.size()));
    }
  }
  headers.insert(headers.end(), {{"Connection", "close"},
                                 {"X-Request-Id", request.requestId},
                                 {"X-Content-Type-Options", "nosniff"}});
  headers.insert(headers.end(), response.headers.begin(), response.headers.end());
  const std::string origin = request.header("origin");
  if (!origin.empty() && response.isCrossOrigin) {
    headers.insert(headers.end(), {{"Access-Control-Allow-Origin", origin}, {"Vary", "Origin"}});
  }
  return headers;
}

} // namespace

void sendAnswer(mg_connection* connection, const Request& request, const Response& response) {
  const std::string head = headText(response.status, headersOf(request, response));
  if (response.stream) {
    // Without a length the answer ends with the connection.
    writeAll(connection, head);
    response.stream([connection](std::string_view text) { return writeAll(connection, text); });
  } else {
    writeAll(connection, head + (request.method == "HEAD" ? std::string() : response.body));
  }
}

void sendAsNvidia(mg_connection* connection, const Response& response) {
  if (response.form == Form::page) {
    const std::size_t text = response.body.find('\n') + 1;
    mg_send_http_error(connection, response.status, "%s", response.body.c_str() + text);
    return;
  }
  const int status = response.form == Form::envelope ? 200 : response.status;
  writeAll(connection, headText(status, {{"Access-Control-Allow-Origin", "*"},
                                         {"Content-Type", response.contentType},
                                         {"Content-Length", std::to_string(response.body.size())},
                                         {"Connection", "close"}}) +
                           response.body);
}

} // namespace sightline::http
