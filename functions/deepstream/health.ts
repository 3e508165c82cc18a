/** DeepStream's probes and metrics, from what the box has reported. In NVIDIA's server NO has the status 200; here it is 503. */
import type { HealthReport } from "@sightline/contracts/device-report";
import type { Stream } from "@sightline/core/stream/stream";
import { readDeviceState } from "@sightline/core/device/delta";
import type { Deps } from "@sightline/core/ports/deps";
import { isOnline } from "@sightline/core/presence/presence";
import { envelope } from "./answer.ts";
import type { DeepstreamRoute, DeviceCall } from "./call.ts";
import { prometheusAnswer, wantsPrometheus, type Gauge } from "./prometheus.ts";

interface Probe {
  readonly paths: readonly string[];
  readonly group: string;
  readonly field: string;
  readonly reason: string;
  /** As the text form names it; absent: there is none. */
  readonly gauge?: string;
}

const atBoth = (name: string): readonly string[] => [`/${name}`, `/api/v1/${name}`];

const probes: readonly Probe[] = [
  {
    paths: ["/api/v1/health/get-dsready-state"],
    group: "health-info",
    field: "ds-ready",
    reason: "GET_READY_INFO_SUCCESS",
  },
  {
    paths: atBoth("ready"),
    group: "ready-info",
    field: "ds-ready",
    reason: "GET_READY_INFO_SUCCESS",
    gauge: "Ready",
  },
  {
    paths: atBoth("live"),
    group: "live-info",
    field: "ds-liveness",
    reason: "GET_LIVE_INFO_SUCCESS",
    gauge: "Live",
  },
  {
    paths: atBoth("startup"),
    group: "startup-info",
    field: "ds-startup",
    reason: "GET_STARTUP_INFO_SUCCESS",
    gauge: "Startup",
  },
];

/** The box is connected, and its pipeline answers it. */
async function isUp(deps: Pick<Deps, "store" | "clock">, device: DeviceCall["device"]) {
  if (!isOnline(device.presence, deps.clock.nowMs())) return false;
  const stored = await deps.store.devices.getReport(device.organization, device.id);
  return stored?.report.pipeline.state === "running";
}

const tell =
  ({ group, field, reason, gauge }: Probe) =>
  async ({ deps, c, device }: DeviceCall): Promise<Response> => {
    const up = await isUp(deps, device);
    if (gauge === undefined || !wantsPrometheus(c.req.header("accept")))
      return envelope(up ? 200 : 503, reason, { [group]: { [field]: up ? "YES" : "NO" } });
    const labels = { metric_name: field.replace("-", "_") };
    const name = `${gauge.toLowerCase()}_metrics`;
    const help = `${gauge} metrics from ds`;
    return prometheusAnswer([{ name, help, samples: [{ labels, value: up ? 1 : 0 }] }]);
  };

interface Measured {
  readonly stream: Stream;
  readonly fps: number;
  readonly frames: number;
}

const bytesPerGb = 1024 ** 3;

async function metrics({ deps, c, device }: DeviceCall): Promise<Response> {
  // DeepStream starts or stops an exporter then; success would promise one.
  if (c.req.header("x-otlp-url") ?? c.req.header("x-refresh-period"))
    return envelope(501, "GET_METRICS_INFO_FAIL, OTLP export is not implemented");
  const health = await deps.store.devices.getHealth(device.organization, device.id);
  const { streams } = await readDeviceState(deps, device);
  const measured = streams.flatMap((stream): Measured[] => {
    const [, fps, , frames] = health?.report.streams[stream.id] ?? [];
    return fps !== undefined && frames ? [{ stream, fps, frames }] : [];
  });
  return wantsPrometheus(c.req.header("accept"))
    ? prometheusAnswer(gaugesOf(measured, health?.report))
    : metricsJson(measured, health?.report);
}

/** What is not measured (GPU memory, latency) is left out rather than made up. */
function metricsJson(measured: readonly Measured[], report: HealthReport | undefined): Response {
  const none = measured.length === 0 ? " - No data available" : "";
  return envelope(200, `GET_METRICS_INFO_SUCCESS${none}`, {
    "metrics-info": {
      "stream-count": measured.length,
      "stream-stats": measured.map(({ stream, fps, frames }) => ({
        fps,
        frame_number: frames,
        sensor_id: stream.localName,
        sensor_name: stream.title,
        source_id: stream.placement.slot ?? -1,
      })),
      "system-stats": report
        ? {
            RAM_gb: report.memory.usedBytes / bytesPerGb,
            cpu_util: report.cpuPercent,
            ...(report.gpuPercent !== undefined && { gpu_util: report.gpuPercent }),
          }
        : {},
    },
  });
}

function gaugesOf(measured: readonly Measured[], report: HealthReport | undefined): Gauge[] {
  const samplesOf = (metric_name: string, valueOf: (of: Measured) => number) =>
    measured.map((of) => ({
      labels: {
        metric_name,
        sensor_id: of.stream.localName,
        sensor_name: of.stream.title,
        source_id: String(of.stream.placement.slot ?? -1),
      },
      value: valueOf(of),
    }));
  const one = (metric_name: string, value: number | undefined) =>
    value === undefined ? [] : [{ labels: { metric_name }, value }];
  return [
    {
      name: "fps_metrics",
      help: "FPS metrics from ds",
      samples: samplesOf("stream_fps", ({ fps }) => fps),
    },
    {
      name: "frame_number_metrics",
      help: "Frame number metrics from ds",
      samples: samplesOf("stream_frame_number", ({ frames }) => frames),
    },
    {
      name: "memory_metrics",
      help: "Memory metrics from ds",
      samples: one("system_ram_memory_gb", report && report.memory.usedBytes / bytesPerGb),
    },
    {
      name: "utilization_metrics",
      help: "Utilization metrics from ds",
      samples: [
        ...one("system_cpu_utilization", report?.cpuPercent),
        ...one("system_gpu_utilization", report?.gpuPercent),
      ],
    },
    {
      name: "stream_count",
      help: "Stream count from ds",
      samples: one("stream_count", measured.length),
    },
  ];
}

export const healthRoutes: readonly DeepstreamRoute[] = [
  ...probes.flatMap((probe) =>
    probe.paths.map((path): DeepstreamRoute => ({
      method: "GET",
      path,
      access: "devices:read",
      handle: tell(probe),
    })),
  ),
  { method: "GET", path: "/api/v1/metrics", access: "devices:read", handle: metrics },
];
