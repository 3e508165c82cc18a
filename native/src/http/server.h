// HTTP/1.1 over civetweb: reads a request, guards it, finds its endpoint, sends the answer.
#pragma once

#include "http/compatibility.h"
#include "http/endpoint.h"
#include "http/guard.h"

#include <memory>
#include <string>

struct mg_connection;
struct mg_context;

namespace sightline::http {

class Server {
 public:
  Server(EndpointTable table, Guard guard, Compatibility compatibility);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // False when the address cannot be listened on. Port 0 takes a free one.
  bool listen(const std::string& address, int port);
  int port() const;
  // Ends long answers and waits for the workers.
  void stop();

 private:
  static int onRequest(mg_connection* connection);
  void serve(mg_connection* connection);
  Response respond(mg_connection* connection, Request& request);
  Response handle(mg_connection* connection, Request& request) const;

  const EndpointTable table_;
  const Guard guard_;
  const Compatibility compatibility_;
  std::string address_;
  mg_context* context_ = nullptr;
};

} // namespace sightline::http
