// What a handler gets and gives, and the one table in which every route of the host stands.
#pragma once

#include <json/value.h>

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sightline::http {

struct Request {
  std::string method;
  // Percent-encoded, without the query.
  std::string path;
  std::string query;
  std::string body;
  std::string requestId;
  std::string remoteAddress;
  // Names in lower case; of several with one name the first.
  std::map<std::string, std::string> headers;
  // The decoded segment of the path in the place of "{}" in the pattern.
  std::string segment;

  // Nothing when the query has no such parameter.
  std::optional<std::string> parameter(std::string_view name) const;
  // Empty when there is none. `name` is in lower case.
  std::string header(const std::string& name) const;
};

// Writes a piece of a long answer; false when the client has gone.
using Write = std::function<bool(std::string_view)>;

enum class Form {
  plain,
  // DeepStream's, which holds the status as well; NVIDIA's server then says 200 on the wire.
  envelope,
  // Civetweb's own error page.
  page,
};

struct Response {
  int status = 200;
  Form form = Form::plain;
  std::string contentType = "text/plain";
  std::string body;
  std::map<std::string, std::string> headers;
  // The page that asks may read it.
  bool isCrossOrigin = false;
  // What NVIDIA's server never says, so it is never put in its form.
  bool isOurs = false;
  // When set, called instead of sending `body`; the answer ends when it returns.
  std::function<void(const Write&)> stream;
  // Called once the answer is on its way.
  std::function<void()> afterwards;
};

enum class Family {
  // DeepStream's documented routes: envelopes, no credentials on loopback.
  deepstream,
  // The host's own routes: JSON, bearer token.
  sightline,
};

struct Endpoint {
  std::string method;
  // "/a/b"; one segment may be "{}". With a * at its end: every path that begins so.
  std::string pattern;
  Family family = Family::deepstream;
  std::function<Response(const Request&)> handle;
};

using EndpointTable = std::vector<Endpoint>;

struct Match {
  // Null when the path is known, but not with this method.
  const Endpoint* endpoint = nullptr;
  std::string segment;
};

// Nothing when no endpoint has this path.
std::optional<Match> findEndpoint(const EndpointTable& table, const std::string& method,
                                  const std::string& path);

// Whether a path may fit both.
bool doOverlap(const std::string& pattern, const std::string& other);

// Which family an unknown path would belong to.
Family familyOf(const std::string& path);

// "Not Found" and the like, as DeepStream spells them.
std::string statusPhrase(int status);

// "Error 404: Not Found" and a line of text.
Response errorPage(int status, const std::string& text);
Response jsonAnswer(int status, const Json::Value& body);
// {"code": …, "message": …}; the codes are those of the product's error table.
Response problem(int status, const std::string& code, const std::string& message);
// A refusal in the form of the family that the path belongs to.
Response refusal(Family family, int status, const std::string& code, const std::string& message);

} // namespace sightline::http
