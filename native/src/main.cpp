// Composes the pipeline host: options, backend, HTTP, signals.
#include "backend.h"
#include "gstreamer/elements.h"
#include "gstreamer/tls-trust.h"
#include "http/endpoint-plugin.h"
#include "http/routes.h"
#include "http/server.h"
#include "options.h"
#include "pipeline/clock.h"
#include "pipeline/limits.h"
#include "pipeline/log.h"

#include <gst/rtsp-server/rtsp-thread-pool.h>
#include <json/writer.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <future>
#include <optional>
#include <random>
#include <thread>
#include <unistd.h>

namespace {

using namespace sightline;

// What GLib and GStreamer say themselves goes through our log, so that no URL passes unredacted.
GLogWriterOutput writeGlibLog(GLogLevelFlags level, const GLogField* fields, gsize count,
                              gpointer) {
  if ((level & G_LOG_LEVEL_MASK) > G_LOG_LEVEL_WARNING) {
    return G_LOG_WRITER_HANDLED;
  }
  for (gsize at = 0; at < count; ++at) {
    const std::string text = std::string_view(fields[at].key) == "MESSAGE" && fields[at].length < 0
                                 ? static_cast<const char*>(fields[at].value)
                                 : "";
    // rtspsrc says this whenever it is stopped right after it started; nothing is wrong then.
    if (!text.empty() && text.find("gst_event_set_seqnum") == std::string::npos) {
      logWarn("glib", text);
    }
  }
  return G_LOG_WRITER_HANDLED;
}

std::string newBootId() {
  std::random_device random;
  char text[40];
  std::snprintf(text, sizeof text, "%08x%08x%08x%08x", random(), random(), random(), random());
  return text;
}

sigset_t endSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  return signals;
}

void printReady(const std::string& bootId, int port, int rtspPort) {
  Json::Value ready;
  ready["ready"] = true;
  ready["pid"] = static_cast<int>(getpid());
  ready["port"] = port;
  ready["rtspPort"] = rtspPort;
  ready["bootId"] = bootId;
  Json::StreamWriterBuilder writer;
  writer["indentation"] = "";
  std::printf("%s\n", Json::writeString(writer, ready).c_str());
  std::fflush(stdout);
}

// A sanitizer slows the host down, and says what it found only at an orderly end.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr auto shutdownTimeout = 10 * limits::shutdownTimeout;
#else
constexpr auto shutdownTimeout = limits::shutdownTimeout;
#endif

// Ends the process with success when an orderly end takes too long.
class ShutdownLimit {
 public:
  ShutdownLimit()
      : thread_([done = done_.get_future()] {
          if (done.wait_for(shutdownTimeout) == std::future_status::timeout) {
            logWarn("host", "a teardown hangs; leaving it behind");
            _exit(0);
          }
        }) {}
  ~ShutdownLimit() {
    done_.set_value();
    thread_.join();
  }

 private:
  std::promise<void> done_;
  std::thread thread_;
};

// Throws http::PluginError.
std::vector<std::string> interceptorsOf(const std::vector<http::EndpointPlugin>& plugins) {
  std::vector<std::string> factories;
  for (const http::EndpointPlugin& plugin : plugins) {
    for (const std::string& factory : plugin.elements()) {
      if (!canIntercept(factory)) {
        throw plugin.error("its element " + factory +
                           " is not registered, or does not take and give raw video");
      }
      factories.push_back(factory);
    }
  }
  return factories;
}

void quit() {
  kill(getpid(), SIGTERM);
}

// The parent holds the other end of standard input, and the kernel closes it however that ends: it
// is seen also when it was over before this began, and from any namespace.
void endWithParent() {
  std::thread([] {
    char rest[256];
    ssize_t count = 0;
    do {
      count = read(STDIN_FILENO, rest, sizeof rest);
    } while (count > 0 || (count < 0 && errno == EINTR));
    logInfo("host", "standard input has ended");
    quit();
  }).detach();
}

// Throws http::PluginError.
BackendSetup setupOf(const HostConfig& config, const std::vector<http::EndpointPlugin>& plugins) {
  BackendSetup setup = config.backend;
  setup.interceptors = interceptorsOf(plugins);
  if (config.endsWithSources) {
    setup.atEnd = [] {
      logInfo("host", "all sources have ended");
      quit();
    };
  }
  return setup;
}

// Throws http::PluginError.
int serve(const Options& options, std::optional<ShutdownLimit>& shutdown) {
  const auto plugins = http::loadEndpointPlugins(options.endpointPlugins);
  const auto rtsp = RtspServer::listen(options.rtspPort);
  if (!rtsp) {
    logError("host", "cannot listen for RTSP on 127.0.0.1 port " +
                         std::to_string(options.rtspPort) + "; is the port taken?");
    return 1;
  }
  const std::shared_ptr<const TlsTrust> trust = TlsTrust::load(options.sourceCa.value_or(""));
  if (!trust) {
    logError("host", "--source-ca " + *options.sourceCa + " holds no certificate in PEM");
    return 1;
  }
  const SourceRule rule(options.allowedSources, options.mediaDir);
  EventLog events(limits::eventsHeld);
  const HostConfig& config = options.config;
  for (const std::string& warning : config.warnings) {
    logWarn("config", warning);
  }
  BackendSetup setup = setupOf(config, plugins);
  setup.trust = trust;
  const auto backend = makeBackend(options.backend, std::move(setup), {rule, events, *rtsp});
  if (!backend) {
    return 1;
  }
  std::atomic<bool> isStopping{false};
  const http::Host host{
      *backend, events, newBootId(), epochMs(), quit, options.compatibility, [&isStopping] {
        return isStopping.load();
      }};
  http::EndpointTable endpoints = http::endpointsOf(host);
  for (const http::EndpointPlugin& plugin : plugins) {
    plugin.addTo(endpoints, host);
  }
  http::Server server(std::move(endpoints),
                      http::Guard(config.address, options.token, options.allowedOrigins),
                      options.compatibility);
  for (const AddStream& stream : config.streams) {
    backend->add(stream);
  }
  if (!server.listen(config.address, config.port)) {
    logError("host", "cannot listen for HTTP on " + config.address + " port " +
                         std::to_string(config.port) + "; is the port taken?");
    return 1;
  }
  logInfo("host", "version " SIGHTLINE_VERSION ", HTTP on " + config.address + " port " +
                      std::to_string(server.port()) + ", RTSP on 127.0.0.1 port " +
                      std::to_string(rtsp->port()));
  printReady(host.bootId, server.port(), rtsp->port());

  const sigset_t signals = endSignals();
  int received = 0;
  sigwait(&signals, &received);
  logInfo("host", "stopping");
  isStopping = true;
  shutdown.emplace();
  // In this order event readers still see the streams go.
  backend->stop();
  events.close();
  server.stop();
  return 0;
}

} // namespace

int main(int argc, char** argv) {
  const auto parsed = parseOptions({argv + 1, argv + argc});
  if (const auto* end = std::get_if<OptionsEnd>(&parsed)) {
    std::fputs(end->text.c_str(), end->exitCode == 0 ? stdout : stderr);
    return end->exitCode;
  }
  const auto& options = std::get<Options>(parsed);
  // Before any thread: all of them inherit the mask, and only this one waits for the signals.
  const sigset_t signals = endSignals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  // A recording that grows beyond a limit of the system is a write error like any other.
  std::signal(SIGXFSZ, SIG_IGN);
  // A proxy from the environment would connect past the source rule.
  setenv("GIO_USE_PROXY_RESOLVER", "dummy", 1);
  g_log_set_writer_func(writeGlibLog, nullptr, nullptr);
  gst_init(nullptr, nullptr);
  if (options.exitWithParent) {
    endWithParent();
  }
  // Outlives all that serve() takes down.
  std::optional<ShutdownLimit> shutdown;
  int code = 1;
  try {
    code = serve(options, shutdown);
  } catch (const http::PluginError& error) {
    logError("host", error.what());
  }
  // Only here do GStreamer's tracers say what was left behind.
  gst_rtsp_thread_pool_cleanup();
  gst_deinit();
  return code;
}
