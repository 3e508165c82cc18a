// A plugin that does all that a plugin should not. ODD_PLUGIN in the environment says what is wrong
// with it as a whole; without it, the body of a request says what goes wrong there.
#include <sightline/endpoint-plugin.h>

#include <cstdlib>
#include <stdexcept>
#include <string>
#include <string_view>

namespace {

void* parse(const SightlineRequest* request, char** error) {
  const std::string body(request->body, request->body_size);
  if (body == "parse throws") {
    throw std::runtime_error("odd parser");
  }
  if (body == "parse gives nothing") {
    return nullptr;
  }
  if (body == "parse refuses") {
    *error = g_strdup("ODD_FAIL, it is odd");
    return nullptr;
  }
  return new std::string(body);
}

void release(void* parsed) {
  const auto* body = static_cast<const std::string*>(parsed);
  const bool isOdd = *body == "release throws";
  delete body;
  if (isOdd) {
    throw std::runtime_error("odd release");
  }
}

void giveBody(SightlineAnswer* answer, const char* type, const std::string& body) {
  answer->content_type = g_strdup(type);
  answer->body = g_strdup(body.c_str());
  answer->body_size = body.size();
}

void handle(const SightlineHost*, const SightlineRequest*, void* parsed, SightlineAnswer* answer) {
  const std::string body = *static_cast<const std::string*>(parsed);
  answer->status = 200;
  if (body == "handle throws") {
    throw std::runtime_error("odd callback");
  } else if (body == "handle throws a number") {
    throw 42;
  } else if (body == "no status") {
    answer->status = 0;
  } else if (body == "status without a body") {
    answer->status = 204;
    answer->reason = g_strdup("ODD");
  } else if (body == "type with a line feed") {
    giveBody(answer, "text/plain\r\nSet-Cookie: a=b", "odd");
  } else if (body == "body is missing") {
    answer->content_type = g_strdup("text/plain");
    answer->body_size = 3;
  } else if (body == "conflict") {
    answer->status = 409;
    answer->reason = g_strdup("ODD_FAIL, conflict");
  } else if (body != "no reason") {
    answer->reason = g_strdup("ODD_SUCCESS");
  }
}

void echo(const SightlineHost* host, const SightlineRequest* request, void*,
          SightlineAnswer* answer) {
  host->log(host, G_LOG_LEVEL_WARNING, "echo of rtsp://user:secret@camera/\nforged");
  answer->status = 202;
  giveBody(answer, "text/x-echo",
           std::string(request->method) + " " + request->url + "?" + request->query + " from " +
               request->remote_addr);
}

void countStream(const SightlineStream* stream, void* text) {
  *static_cast<std::string*>(text) += std::string(stream->camera_id) + " as " +
                                      std::to_string(stream->source_id) + ", " +
                                      stream->camera_name + "; ";
}

// What the brightness plugin beside it intercepts, to all streams.
void brighten(const SightlineHost* host, const SightlineRequest*, void*, SightlineAnswer* answer) {
  std::string text;
  host->each_stream(host, countStream, &text);
  text += "found " + std::to_string(host->find_stream(host, "second")) + " and " +
          std::to_string(host->find_stream(host, "nobody")) + "; ";
  GstStructure* event =
      gst_structure_new("example-brightness-update", "brightness", G_TYPE_INT, 20, nullptr);
  guint refused = 0;
  const guint sent = host->send_event_to_all(host, event, SIGHTLINE_EVENT_ONCE, &refused);
  gst_structure_free(event);
  answer->status = 200;
  giveBody(answer, "text/plain",
           text + "sent " + std::to_string(sent) + ", refused " + std::to_string(refused));
}

SightlineEndpoint endpoints[] = {{"POST", "/api/v1/custom/odd", parse, handle, release},
                                 {"GET", "/api/v1/custom/echo/*", nullptr, echo, nullptr},
                                 {"PUT", "/api/v1/custom/all", nullptr, brighten, nullptr}};
const char* const elements[] = {"nosuchelement"};
SightlineEndpointPlugin plugin = {SIGHTLINE_ENDPOINT_PLUGIN_ABI, "odd", endpoints, 3, nullptr, 0};

} // namespace

const SightlineEndpointPlugin* sightline_endpoint_plugin() {
  const char* named = std::getenv("ODD_PLUGIN");
  const std::string_view fault = named != nullptr ? named : "";
  if (fault == "throws") {
    throw std::runtime_error("odd plugin");
  } else if (fault == "refuses") {
    return nullptr;
  } else if (fault == "abi") {
    plugin.abi = SIGHTLINE_ENDPOINT_PLUGIN_ABI + 1;
  } else if (fault == "no endpoints") {
    plugin.endpoint_count = 0;
  } else if (fault == "element") {
    plugin.elements = elements;
    plugin.element_count = 1;
  } else if (fault == "no callback") {
    endpoints[1].handle = nullptr;
  } else if (fault == "no release") {
    endpoints[0].release = nullptr;
  } else if (fault == "method") {
    endpoints[0].method = "PATCH";
  } else if (fault.substr(0, 1) == "/") {
    endpoints[2].path = named;
  }
  return &plugin;
}
