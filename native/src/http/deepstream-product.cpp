// What the host is, and what of DeepStream it is not: /version, metadata, embeddings.
#include "http/envelope.h"
#include "http/routes.h"

#include <json/writer.h>

namespace sightline::http {

namespace {

Response tabbedJson(const Json::Value& body) {
  Json::StreamWriterBuilder writer;
  writer["indentation"] = "\t";
  Response response;
  response.body = Json::writeString(writer, body);
  return response;
}

// DeepStream 8.0 still calls itself 7.0 here.
std::string releaseName(const Compatibility& compatibility) {
  if (!compatibility.exactly) {
    return "7.1";
  }
  return *compatibility.exactly >= Release::v9_1   ? "9.1"
         : *compatibility.exactly >= Release::v9_0 ? "9.0"
                                                   : "7.0";
}

Response version(const Compatibility& compatibility) {
  Json::Value body;
  body["version"] = "DeepStream-SDK " + releaseName(compatibility) + " - REST API Version v1";
  return tabbedJson(body);
}

Response metadata() {
  Json::Value body;
  body["name"] = "sightline-pipeline";
  body["version"] = SIGHTLINE_VERSION;
  body["sub-version"] = "";
  body["licenseInfo"]["name"] = "Apache-2.0";
  body["licenseInfo"]["path"] = "";
  body["licenseInfo"]["url"] = "https://www.apache.org/licenses/LICENSE-2.0";
  return tabbedJson(body);
}

Response noEmbeddings() {
  Json::Value body;
  body["code"] = "NotImplemented";
  body["message"] = "this host makes no embeddings";
  Response response = tabbedJson(body);
  response.status = 501;
  return response;
}

} // namespace

void registerProductEndpoints(EndpointTable& table, const Host& host) {
  const std::string root = "/api/v1/";
  const Compatibility compatibility = host.compatibility;
  for (const char* method : {"GET", "POST", "PUT", "DELETE"}) {
    table.push_back({method, "/version", Family::deepstream,
                     [compatibility](const Request&) { return version(compatibility); }});
  }
  if (compatibility.includes(Release::v9_0)) {
    table.push_back(
        {"GET", root + "metadata", Family::deepstream, [](const Request&) { return metadata(); }});
    table.push_back({"POST", root + "generate_text_embeddings", Family::deepstream,
                     [](const Request&) { return noEmbeddings(); }});
  }
  if (compatibility.includes(Release::v9_1)) {
    table.push_back({"POST", root + "generate_image_embeddings", Family::deepstream,
                     [](const Request&) { return noEmbeddings(); }});
  }
}

} // namespace sightline::http
