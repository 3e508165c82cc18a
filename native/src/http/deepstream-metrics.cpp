// DeepStream 9's metrics, as far as there is something to measure: what is not measured (GPU,
// latency) is left out rather than made up.
#include "http/envelope.h"
#include "http/prometheus.h"
#include "http/routes.h"
#include "pipeline/host-load.h"
#include "pipeline/limits.h"

#include <algorithm>
#include <memory>

namespace sightline::http {

namespace {

// Those that have shown a frame.
std::vector<StreamStatus> measuredStreams(const Control& control) {
  std::vector<StreamStatus> streams = control.streams();
  std::erase_if(streams, [](const StreamStatus& stream) { return stream.frames == 0; });
  return streams;
}

Response json(const std::vector<StreamStatus>& streams, const HostLoad::Reading& load) {
  Json::Value stats(Json::arrayValue);
  for (const StreamStatus& stream : streams) {
    Json::Value entry;
    entry["fps"] = stream.fps;
    entry["frame_number"] = Json::UInt64(stream.frames);
    entry["sensor_id"] = stream.entry.cameraId;
    entry["sensor_name"] = stream.entry.cameraName;
    entry["source_id"] = stream.entry.sourceId;
    stats.append(std::move(entry));
  }
  Json::Value body;
  body["reason"] =
      streams.empty() ? "GET_METRICS_INFO_SUCCESS - No data available" : "GET_METRICS_INFO_SUCCESS";
  Json::Value& metrics = body["metrics-info"];
  metrics["stream-count"] = stats.size();
  metrics["stream-stats"] = std::move(stats);
  metrics["system-stats"] = Json::objectValue;
  if (load.ramGb) {
    metrics["system-stats"]["RAM_gb"] = *load.ramGb;
  }
  if (load.cpuPercent) {
    metrics["system-stats"]["cpu_util"] = *load.cpuPercent;
  }
  return answerWith(200, std::move(body));
}

Response text(const std::vector<StreamStatus>& streams, const HostLoad::Reading& load) {
  Gauge fps{"fps_metrics", "FPS metrics from ds", {}};
  Gauge frameNumber{"frame_number_metrics", "Frame number metrics from ds", {}};
  for (const StreamStatus& stream : streams) {
    const auto sample = [&stream](const char* metric, double value) {
      return Sample{{{"metric_name", metric},
                     {"sensor_id", stream.entry.cameraId},
                     {"sensor_name", stream.entry.cameraName},
                     {"source_id", std::to_string(stream.entry.sourceId)}},
                    value};
    };
    fps.samples.push_back(sample("stream_fps", stream.fps));
    frameNumber.samples.push_back(
        sample("stream_frame_number", static_cast<double>(stream.frames)));
  }
  Gauge memory{"memory_metrics", "Memory metrics from ds", {}};
  if (load.ramGb) {
    memory.samples.push_back({{{"metric_name", "system_ram_memory_gb"}}, *load.ramGb});
  }
  Gauge utilization{"utilization_metrics", "Utilization metrics from ds", {}};
  if (load.cpuPercent) {
    utilization.samples.push_back({{{"metric_name", "system_cpu_utilization"}}, *load.cpuPercent});
  }
  const Gauge count{"stream_count",
                    "Stream count from ds",
                    {{{{"metric_name", "stream_count"}}, static_cast<double>(streams.size())}}};
  return prometheusAnswer({fps, frameNumber, memory, utilization, count});
}

Response metrics(const Host& host, HostLoad& load, const Request& request) {
  if (!request.header("x-otlp-url").empty() || !request.header("x-refresh-period").empty()) {
    // DeepStream starts or stops an OTLP exporter then; success would promise one.
    return answer(501, "GET_METRICS_INFO_FAIL, OTLP export is not implemented");
  }
  const auto streams = measuredStreams(host.control);
  return wantsPrometheus(request, host.compatibility) ? text(streams, load.read())
                                                      : json(streams, load.read());
}

} // namespace

void registerMetricsEndpoints(EndpointTable& table, const Host& host) {
  if (!host.compatibility.includes(Release::v9_0)) {
    return;
  }
  const auto load = std::make_shared<HostLoad>(limits::hostLoadWindow);
  table.push_back({"GET", "/api/v1/metrics", Family::deepstream,
                   [host, load](const Request& request) { return metrics(host, *load, request); }});
}

} // namespace sightline::http
