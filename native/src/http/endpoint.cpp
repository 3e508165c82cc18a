#include "http/endpoint.h"

#include "http/envelope.h"
#include "pipeline/url.h"

#include <json/writer.h>

namespace sightline::http {

namespace {

constexpr std::string_view sightlinePrefix = "/api/v1/sightline";

// The decoded segment, or nothing when the path does not fit.
std::optional<std::string> fit(const std::string& pattern, const std::string& path) {
  if (pattern.ends_with('*')) {
    return path.starts_with(pattern.substr(0, pattern.size() - 1)) ? std::optional<std::string>("")
                                                                   : std::nullopt;
  }
  const std::size_t hole = pattern.find("{}");
  if (hole == std::string::npos) {
    return pattern == path ? std::optional<std::string>("") : std::nullopt;
  }
  const std::string_view tail = std::string_view(pattern).substr(hole + 2);
  if (path.size() <= hole + tail.size() || !path.starts_with(pattern.substr(0, hole)) ||
      !path.ends_with(tail)) {
    return std::nullopt;
  }
  const std::string raw = path.substr(hole, path.size() - hole - tail.size());
  return raw.find('/') == std::string::npos ? percentDecode(raw) : std::nullopt;
}

} // namespace

std::optional<std::string> Request::parameter(std::string_view name) const {
  for (std::size_t begin = 0; begin < query.size();) {
    const std::size_t end = std::min(query.find('&', begin), query.size());
    const std::string_view pair = std::string_view(query).substr(begin, end - begin);
    const std::size_t equals = std::min(pair.find('='), pair.size());
    if (pair.substr(0, equals) == name) {
      return percentDecode(pair.substr(std::min(equals + 1, pair.size())));
    }
    begin = end + 1;
  }
  return std::nullopt;
}

std::string Request::header(const std::string& name) const {
  const auto found = headers.find(name);
  return found == headers.end() ? std::string() : found->second;
}

std::optional<Match> findEndpoint(const EndpointTable& table, const std::string& method,
                                  const std::string& path) {
  std::optional<Match> match;
  for (const Endpoint& endpoint : table) {
    auto segment = fit(endpoint.pattern, path);
    if (!segment) {
      continue;
    }
    if (endpoint.method == method) {
      return Match{&endpoint, std::move(*segment)};
    }
    match = Match{};
  }
  return match;
}

bool doOverlap(const std::string& pattern, const std::string& other) {
  const bool isOpen = pattern.ends_with('*');
  const bool isOtherOpen = other.ends_with('*');
  const std::string begin = pattern.substr(0, pattern.size() - (isOpen ? 1 : 0));
  const std::string otherBegin = other.substr(0, other.size() - (isOtherOpen ? 1 : 0));
  return begin == otherBegin || (isOpen && otherBegin.starts_with(begin)) ||
         (isOtherOpen && begin.starts_with(otherBegin));
}

Family familyOf(const std::string& path) {
  return path.starts_with(sightlinePrefix) ? Family::sightline : Family::deepstream;
}

std::string statusPhrase(int status) {
  // [DeepStream 9.1, nvds_rest_server] for those that it has, 408 with its mistake in it; for the
  // others [IANA HTTP Status Code Registry].
  static const std::map<int, const char*> phrases{
      {200, "OK"},
      {201, "Created"},
      {202, "Accepted"},
      {204, "No Content"},
      {400, "Bad Request"},
      {401, "Unauthorized"},
      {403, "Forbidden"},
      {404, "Not Found"},
      {405, "Method Not Allowed"},
      {406, "Not Acceptable"},
      {407, "Proxy Authentication Required"},
      {408, "Request Timout"},
      {409, "Conflict"},
      {410, "Gone"},
      {412, "Precondition Failed"},
      {413, "Payload Too Large"},
      {414, "Uri Too Long"},
      {415, "Unsupported Media Type"},
      {422, "Unprocessable Content"},
      {423, "Locked"},
      {425, "Too Early"},
      {428, "Precondition Required"},
      {429, "Too Many Requests"},
      {500, "Internal Server Error"},
      {501, "Not Implemented"},
      {502, "Bad Gateway"},
      {503, "Service Unavailable"},
      {504, "Gateway Timeout"},
      {507, "Insufficient Storage"},
  };
  const auto phrase = phrases.find(status);
  return phrase == phrases.end() ? "Custom Status" : phrase->second;
}

Response errorPage(int status, const std::string& text) {
  Response response;
  response.status = status;
  response.form = Form::page;
  response.contentType = "text/plain; charset=utf-8";
  response.body = "Error " + std::to_string(status) + ": " + statusPhrase(status) + "\n" + text;
  return response;
}

Response jsonAnswer(int status, const Json::Value& body) {
  Json::StreamWriterBuilder writer;
  writer["indentation"] = "";
  Response response;
  response.status = status;
  response.contentType = "application/json";
  response.body = Json::writeString(writer, body);
  return response;
}

Response problem(int status, const std::string& code, const std::string& message) {
  Json::Value body;
  body["code"] = code;
  body["message"] = message;
  return jsonAnswer(status, body);
}

Response refusal(Family family, int status, const std::string& code, const std::string& message) {
  return family == Family::sightline ? problem(status, code, message) : answer(status, message);
}

} // namespace sightline::http
