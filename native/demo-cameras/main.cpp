// RTSP cameras for demonstrations and tests: generated video, encoded once, pushed from memory.
// Standard input takes one command a line, each for camera N: "freeze N", "thaw N", "remove N",
// "restore N", "garbage N", "sane N", "resize N 320x180", and "count N", which answers how many
// pictures it has sent.
#include "camera.h"
#include "picture.h"

#include <json/writer.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace {

using namespace demo;

constexpr auto help = R"(sightline-demo-cameras: RTSP cameras with generated video

  --port N               RTSP port, 0 for a free one (8554)
  --address ADDR         address to listen on (127.0.0.1)
  --count N              cameras at /camera-1 to /camera-N (2)
  --codec h264|h265      (h264)
  --size WxH             (640x360)
  --scene places|figures each its own place, or a walking person and a face (places)
  --rate N               pictures a second, 1 to 60 (15)
  --user U --password-file F
                         authentication; the file only readable by its owner
  --authentication digest|basic
                         (digest)
  --certificate FILE     TLS with this certificate and its key, in PEM
  --exit-with-parent     end at the end of standard input, whose other end the parent process holds
)";

struct Options {
  int port = 8554;
  std::string address = "127.0.0.1";
  int count = 2;
  Footage footage{"h264", {width, height}, Scene::places};
  int rate = framesPerSecond;
  std::string user;
  std::string password;
  GstRTSPAuthMethod authentication = GST_RTSP_AUTH_DIGEST;
  std::string certificate;
  bool exitWithParent = false;

  // The server asks who comes, if only to let all in.
  bool isGuarded() const { return !user.empty() || !certificate.empty(); }
};

int parseNumber(const std::string& text, int min, int max) {
  std::size_t used = 0;
  const int number = std::stoi(text, &used);
  if (used != text.size() || number < min || number > max) {
    throw std::runtime_error(text + " is out of range");
  }
  return number;
}

Size parseSize(const std::string& text) {
  constexpr int sideMin = 16;
  constexpr int sideMax = 4096;
  const std::size_t cross = text.find('x');
  if (cross == std::string::npos) {
    throw std::runtime_error(text + " is no size as 640x360");
  }
  return {parseNumber(text.substr(0, cross), sideMin, sideMax),
          parseNumber(text.substr(cross + 1), sideMin, sideMax)};
}

std::string readPassword(const std::string& path) {
  struct stat status {};
  std::ifstream file(path);
  std::string password;
  if (stat(path.c_str(), &status) != 0 || (status.st_mode & (S_IRWXG | S_IRWXO)) != 0 ||
      !(file >> password)) {
    throw std::runtime_error("the password file must exist and be readable by its owner only");
  }
  return password;
}

Options parseOptions(const std::vector<std::string>& arguments) {
  constexpr int portMax = 65535;
  constexpr int countMax = 64;
  constexpr int rateMax = 60;
  Options options;
  for (auto at = arguments.begin(); at != arguments.end(); ++at) {
    if (*at == "--exit-with-parent") {
      options.exitWithParent = true;
      continue;
    }
    if (std::next(at) == arguments.end()) {
      throw std::runtime_error("unknown option, or no value: " + *at);
    }
    const std::string& name = *at;
    const std::string& value = *++at;
    if (name == "--port") {
      options.port = parseNumber(value, 0, portMax);
    } else if (name == "--count") {
      options.count = parseNumber(value, 1, countMax);
    } else if (name == "--address") {
      options.address = value;
    } else if (name == "--codec" && (value == "h264" || value == "h265")) {
      options.footage.codec = value;
    } else if (name == "--size") {
      options.footage.size = parseSize(value);
    } else if (name == "--scene" && (value == "places" || value == "figures")) {
      options.footage.scene = value == "figures" ? Scene::figures : Scene::places;
    } else if (name == "--rate") {
      options.rate = parseNumber(value, 1, rateMax);
    } else if (name == "--user") {
      options.user = value;
    } else if (name == "--password-file") {
      options.password = readPassword(value);
    } else if (name == "--authentication" && (value == "digest" || value == "basic")) {
      options.authentication = value == "basic" ? GST_RTSP_AUTH_BASIC : GST_RTSP_AUTH_DIGEST;
    } else if (name == "--certificate") {
      options.certificate = value;
    } else {
      throw std::runtime_error("unknown option or value: " + name + " " + value);
    }
  }
  if (options.user.empty() != options.password.empty()) {
    throw std::runtime_error("--user and --password-file go together");
  }
  return options;
}

void printLine(const Json::Value& json) {
  Json::StreamWriterBuilder writer;
  writer["indentation"] = "";
  std::printf("%s\n", Json::writeString(writer, json).c_str());
  std::fflush(stdout);
}

void guard(GstRTSPServer* server, const Options& options) {
  GstRTSPAuth* auth = gst_rtsp_auth_new();
  gst_rtsp_auth_set_supported_methods(auth, options.authentication);
  GstRTSPToken* token =
      gst_rtsp_token_new(GST_RTSP_TOKEN_MEDIA_FACTORY_ROLE, G_TYPE_STRING, "viewer", nullptr);
  if (options.user.empty()) {
    gst_rtsp_auth_set_default_token(auth, token);
  } else if (options.authentication == GST_RTSP_AUTH_DIGEST) {
    gst_rtsp_auth_add_digest(auth, options.user.c_str(), options.password.c_str(), token);
  } else {
    gchar* basic = gst_rtsp_auth_make_basic(options.user.c_str(), options.password.c_str());
    gst_rtsp_auth_add_basic(auth, basic, token);
    g_free(basic);
  }
  gst_rtsp_token_unref(token);
  if (!options.certificate.empty()) {
    GTlsCertificate* certificate =
        g_tls_certificate_new_from_file(options.certificate.c_str(), nullptr);
    if (certificate == nullptr) {
      throw std::runtime_error("the certificate cannot be read: " + options.certificate);
    }
    gst_rtsp_auth_set_tls_certificate(auth, certificate);
    g_object_unref(certificate);
  }
  gst_rtsp_server_set_auth(server, auth);
  g_object_unref(auth);
}

class Cameras {
 public:
  explicit Cameras(const Options& options) : options_(options) {
    for (int number = 1; number <= options.count; ++number) {
      cameras_.push_back(std::make_unique<Camera>("/camera-" + std::to_string(number),
                                                  options.footage.codec,
                                                  encodeClip(number, options.footage)));
    }
  }

  void mount(GstRTSPServer* server) {
    mounts_ = gst_rtsp_server_get_mount_points(server);
    for (const auto& camera : cameras_) {
      camera->mount(mounts_, options_.isGuarded());
    }
  }

  [[noreturn]] void play() {
    using Clock = std::chrono::steady_clock;
    const auto period = std::chrono::microseconds(1'000'000 / options_.rate);
    for (auto next = Clock::now();; next += period) {
      std::this_thread::sleep_until(next);
      for (const auto& camera : cameras_) {
        camera->tick();
      }
    }
  }

  // Does "freeze 1" and the like, and adds to the answer; throws when it is none of them.
  void command(const std::string& line, Json::Value& answer) {
    std::istringstream words(line);
    std::string verb;
    std::string text;
    std::string more;
    words >> verb >> text >> more;
    const int number = parseNumber(text, 1, static_cast<int>(cameras_.size()));
    Camera& camera = *cameras_[static_cast<std::size_t>(number - 1)];
    if (verb == "freeze" || verb == "thaw") {
      camera.setFrozen(verb == "freeze");
    } else if (verb == "garbage" || verb == "sane") {
      camera.setGarbage(verb == "garbage");
    } else if (verb == "resize") {
      Footage footage = options_.footage;
      footage.size = parseSize(more);
      camera.setClip(encodeClip(number, footage));
    } else if (verb == "count") {
      answer["sent"] = Json::UInt64(camera.sent());
    } else if (verb == "remove") {
      camera.unmount(mounts_);
    } else if (verb == "restore") {
      camera.mount(mounts_, options_.isGuarded());
    } else {
      throw std::runtime_error("unknown command");
    }
  }

  Json::Value urls(int port) const {
    Json::Value urls(Json::arrayValue);
    for (const auto& camera : cameras_) {
      urls.append((options_.certificate.empty() ? "rtsp://" : "rtsps://") + options_.address + ":" +
                  std::to_string(port) + camera->path());
    }
    return urls;
  }

 private:
  const Options options_;
  std::vector<std::unique_ptr<Camera>> cameras_;
  GstRTSPMountPoints* mounts_ = nullptr;
};

void obey(Cameras& cameras) {
  std::string line;
  while (std::getline(std::cin, line)) {
    Json::Value result;
    try {
      cameras.command(line, result);
      result["done"] = line;
    } catch (const std::exception& mistake) {
      result["failed"] = line;
      result["why"] = mistake.what();
    }
    printLine(result);
  }
}

int serve(const Options& options) {
  constexpr int serverThreads = 8;
  Cameras cameras(options);
  GstRTSPServer* server = gst_rtsp_server_new();
  gst_rtsp_server_set_address(server, options.address.c_str());
  gst_rtsp_server_set_service(server, std::to_string(options.port).c_str());
  // The default of one thread prepares the media of joining clients one after the other.
  GstRTSPThreadPool* threads = gst_rtsp_server_get_thread_pool(server);
  gst_rtsp_thread_pool_set_max_threads(threads, serverThreads);
  g_object_unref(threads);
  if (options.isGuarded()) {
    guard(server, options);
  }
  cameras.mount(server);
  if (gst_rtsp_server_attach(server, nullptr) == 0) {
    std::fprintf(stderr, "sightline-demo-cameras: cannot listen on %s port %d\n",
                 options.address.c_str(), options.port);
    return 1;
  }
  const int port = gst_rtsp_server_get_bound_port(server);
  g_timeout_add_seconds(
      5,
      [](gpointer given) -> gboolean {
        GstRTSPSessionPool* sessions =
            gst_rtsp_server_get_session_pool(static_cast<GstRTSPServer*>(given));
        gst_rtsp_session_pool_cleanup(sessions);
        g_object_unref(sessions);
        return G_SOURCE_CONTINUE;
      },
      server);
  std::thread([&cameras] { cameras.play(); }).detach();
  std::thread([&cameras, exitWithParent = options.exitWithParent] {
    obey(cameras);
    // A service has no standard input.
    if (exitWithParent) {
      kill(getpid(), SIGTERM);
    }
  }).detach();
  Json::Value ready;
  ready["ready"] = true;
  ready["pid"] = static_cast<int>(getpid());
  ready["port"] = port;
  ready["urls"] = cameras.urls(port);
  printLine(ready);
  g_main_loop_run(g_main_loop_new(nullptr, FALSE));
  return 0;
}

} // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (!arguments.empty() && arguments.front() == "--help") {
    std::fputs(help, stdout);
    return 0;
  }
  try {
    const Options options = parseOptions(arguments);
    // It holds nothing that could be lost: the default action of SIGTERM is the orderly end.
    std::signal(SIGPIPE, SIG_IGN);
    gst_init(nullptr, nullptr);
    return serve(options);
  } catch (const std::exception& mistake) {
    std::fprintf(stderr, "sightline-demo-cameras: %s\n", mistake.what());
    return 1;
  }
}
