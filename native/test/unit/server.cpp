#include "http/server.h"

#include "support/http-client.h"

#include <doctest/doctest.h>

#include <atomic>
#include <functional>
#include <memory>
#include <stdexcept>

using namespace sightline::http;

namespace {

// One endpoint, /, which answers so.
class OneAnswer {
 public:
  explicit OneAnswer(const std::function<void(const Write&)>& stream)
      : server_({{"GET", "/", Family::deepstream,
                  [stream](const Request&) {
                    Response response;
                    response.stream = stream;
                    return response;
                  }}},
                Guard("127.0.0.1", std::nullopt, {}), {}) {
    REQUIRE(server_.listen("127.0.0.1", 0));
  }

  std::unique_ptr<test::Connection> ask() const {
    auto connection = std::make_unique<test::Connection>(server_.port());
    connection->send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    return connection;
  }
  void stop() { server_.stop(); }

 private:
  Server server_;
};

} // namespace

TEST_CASE("a client that takes a part of what is written has gone") {
  std::atomic<bool> isTaken{true};
  OneAnswer server([&isTaken](const Write& write) { isTaken = write(std::string(1 << 26, 'x')); });
  CHECK(server.ask()->readBytes(1 << 20).size() == 1 << 20);
  server.stop();
  CHECK_FALSE(isTaken);
}

TEST_CASE("an answer that throws is cut off, and the next request is answered") {
  std::atomic<int> answers{0};
  const OneAnswer server([&answers](const Write& write) {
    write("some");
    if (++answers == 1) {
      throw std::runtime_error("no more");
    }
    write(" more");
  });
  CHECK(server.ask()->readAll().ends_with("\r\n\r\nsome"));
  CHECK(server.ask()->readAll().ends_with("\r\n\r\nsome more"));
}
