// The reasons are DeepStream's to the letter, with their doubled spaces, missing prefixes and
// typing errors; those of fields for which it has none are ours. Aligned by hand, as a table.
#include "http/setting-value.h"

namespace sightline::http {

namespace {

constexpr unsigned anyUnsigned = std::numeric_limits<unsigned>::max();

std::vector<SettingEndpoint> streamRows() {
  using enum Release;
  using enum StreamId;
  return {
      {"/roi/update", v7_0, "roi", "ROI_UPDATE", "roi", beforeValue, rois(),
       "ROI_UPDATE_FAIL, roi is empty",
       "ROI_UPDATE_FAIL, Unable to find stream id for ROI updation",
       "ROI_UPDATE_FAIL, nv-roi-update event not pushed"},

      {"/dec/drop-frame-interval", v7_0, "drop-frame-interval", "DROP_FRAME_INTERVAL_UPDATE",
       "drop_frame_interval", afterValue,
       unsignedTo<DropFrameInterval>(limits::dropFrameIntervalMax),
       "DROP_FRAME_INTERVAL_UPDATE_FAIL, drop_frame_interval value not parsed correctly, Range: 0 "
       "- 30",
       "DROP_FRAME_INTERVAL_UPDATE_FAIL, drop-frame-interval not set on decoder",
       "DROP_FRAME_INTERVAL_UPDATE_FAIL, Error while setting drop-frame-interval property"},
      {"/dec/skip-frames", v7_0, "skip-frames", "SKIP_FRAMES_UPDATE", "skip_frames", afterValue,
       enumTo<SkipFrames>(SkippedFrames::nonKey),
       "SKIP_FRAMES_UPDATE_FAIL, skip_frames value not parsed correctly, Range: 0-2",
       "SKIP_FRAMES_UPDATE_FAIL, skip-frame not set on decoder",
       "SKIP_FRAMES_UPDATE_FAIL, Error while setting skip-frame property"},
      {"/dec/low-latency-mode", v7_0, "low-latency-mode", "LOW_LATENCY_MODE_UPDATE",
       "low_latency_mode", afterValue, flag<LowLatencyMode>(),
       "LOW_LATENCY_MODE_UPDATE_FAIL, low_latency_mode value not parsed correctly",
       "LOW_LATENCY_MODE_UPDATE_FAIL, low-latency-mode not set on decoder",
       "LOW_LATENCY_MODE_UPDATE_FAIL, Error while setting skip-frame property"},

      {"/infer/set-interval", v7_0, "infer-interval", "INFER_INTERVAL_UPDATE", "interval",
       afterValue, unsignedTo<InferInterval>(limits::inferIntervalMax),
       "INFER_INTERVAL_UPDATE_FAIL, interval value not parsed correctly, Unsigned Integer. Range: "
       "0 - 32 ",
       "INFER_INTERVAL_UPDATE_FAIL, Unable to find stream id for infer property updation",
       "INFER_INTERVAL_UPDATE_FAIL, nv-infer-interval-update event not pushed"},
      {"/inferserver/set-interval", v7_0, "infer-interval", "INFERSERVER_INTERVAL_UPDATE",
       "interval", afterValue, unsignedTo<InferInterval>(limits::inferserverIntervalMax),
       "INFERSERVER_INTERVAL_UPDATE_FAIL, interval value not parsed correctly, Unsigned Integer. "
       "Range: 0 - 2147483647 ",
       "INFERSERVER_INTERVAL_UPDATE_FAIL, Unable to find stream id for infer (inferserver) "
       "property updation",
       "INFERSERVER_INTERVAL_UPDATE_FAIL, nv-infer-interval-update event not pushed"},

      {"/osd/process-mode", v7_0, "osd-process-mode", "PROCESS_MODE_UPDATE", "process_mode",
       afterValue, enumTo<OsdProcessMode>(OsdProcessor::gpu),
       "PROCESS_MODE_UPDATE_FAIL, process_mode value not parsed correctly, Range: 0 - 1",
       "PROCESS_MODE_UPDATE_FAIL, Unable to find stream id for osd property updation",
       "PROCESS_MODE_UPDATE_FAIL, nv-osd-process-mode-update event not pushed"},
      {"/nvtracker/config-path", v8_0, "tracker-config", "NVTRACKER_CONFIG_UPDATE", "config_path",
       afterValue, trackerConfig(),
       "NVTRACKER_CONFIG_UPDATE_FAIL, config_path value not parsed correctly",
       "NVTRACKER_CONFIG_UPDATE_FAIL, Unable to find stream id for nvTracker property updation",
       "NVTRACKER_CONFIG_UPDATE_FAIL, nv-tracker-config-update event not pushed", false},
  };
}

std::vector<SettingEndpoint> encoderRows() {
  using enum Release;
  using enum StreamId;
  return {
      {"/enc/bitrate", v7_0, "bitrate", "BITRATE_UPDATE", "bitrate", afterValue,
       unsignedFrom<EncoderBitrate>(1, anyUnsigned),
       "BITRATE_UPDATE_FAIL, bitrate value not parsed correctly",
       "BITRATE_UPDATE_FAIL, Not able to find source id",
       "BITRATE_UPDATE_FAIL, nv-enc-bitrate-update event not pushed"},
      {"/enc/force-idr", v7_0, "force-idr", "FORCE_IDR_UPDATE", "force_idr", afterValue,
       trigger(KeyFrame::idr), "FORCE_IDR_UPDATE_FAIL, force_idr must be 1",
       "FORCE_IDR_UPDATE_FAIL, Not able to find source id",
       "FORCE_IDR_UPDATE_FAIL, nv-enc-force-idr event not pushed"},
      {"/enc/force-intra", v7_0, "force-intra", "FORCE_INTRA_UPDATE", "force_intra", afterValue,
       trigger(KeyFrame::intra), "FORCE_INTRA_UPDATE_FAIL, force_intra must be 1",
       "FORCE_INTRA_UPDATE_FAIL, Not able to find source id",
       "FORCE_INTRA_UPDATE_FAIL, nv-enc-force-intra event not pushed"},
      // The range that is enforced is not the one that the text names.
      {"/enc/iframe-interval", v7_0, "iframe-interval", "IFRAME_INTERVAL_UPDATE", "iframeinterval",
       afterValue, unsignedTo<IframeInterval>(limits::iframeIntervalMax),
       "IFRAME_INTERVAL_UPDATE_FAIL, iframeinterval value not parsed correctly, Unsigned Integer "
       "Range: 0 - 4294967295",
       "IFRAME_INTERVAL_UPDATE_FAIL, Not able to find source id",
       "IFRAME_INTERVAL_UPDATE_FAIL, nv-enc-iframeinterval-update event not pushed"},
  };
}

std::vector<SettingEndpoint> converterRows() {
  using enum Release;
  using enum StreamId;
  return {
      {"/conv/srccrop", v7_0, "srccrop", "SRC_CROP_UPDATE", "src_crop", beforeValue,
       crop<SourceCrop>(),
       "src_crop value not parsed correctly,  Use string with values of crop location to set the "
       "property. e.g. 20:20:40:50",
       "SRC_CROP_UPDATE_FAIL, source-crop update failed",
       "SRC_CROP_UPDATE_FAIL, source-crop update failed"},
      {"/conv/destcrop", v7_0, "destcrop", "DEST_CROP_UPDATE", "dest_crop", beforeValue,
       crop<DestinationCrop>(),
       "dest_crop value not parsed correctly, Use string with values of crop location to set the "
       "property. e.g. 20:20:40:50",
       "DEST_CROP_UPDATE_FAIL, dest-crop update failed",
       "DEST_CROP_UPDATE_FAIL, dest-crop update failed"},
      {"/conv/flip-method", v7_0, "flip-method", "FLIP_METHOD_UPDATE", "flip_method", beforeValue,
       unsignedTo<FlipMethod>(limits::flipMethodMax),
       "flip_method value not parsed correctly, Enum value range 0-7",
       "FLIP_METHOD_UPDATE_FAIL, flip-method update failed",
       "FLIP_METHOD_UPDATE_FAIL, flip-method update failed"},
      {"/conv/interpolation-method", v7_0, "interpolation-method", "INTERPOLATION_METHOD_UPDATE",
       "interpolation_method", beforeValue,
       unsignedTo<InterpolationMethod>(limits::interpolationMethodMax),
       "interpolation_method value not parsed correctly, Enum value range 0-6",
       "INTERPOLATION_METHOD_UPDATE_FAIL, interpolation-method update failed",
       "INTERPOLATION_METHOD_UPDATE_FAIL, interpolation-method update failed"},
  };
}

std::vector<SettingEndpoint> hostRows() {
  using enum Release;
  using enum StreamId;
  return {
      {"/mux/batched-push-timeout", v7_0, "batched-push-timeout", "BATCHED_PUSH_TIMEOUT_UPDATE",
       "batched_push_timeout", none, batchedPushTimeout(),
       "BATCHED_PUSH_TIMEOUT_UPDATE_FAIL, batched_push_timeout value not parsed correctly,  Range: "
       "-1 - 2147483647",
       "", "BATCHED_PUSH_TIMEOUT_UPDATE_FAIL, batched-push-timeout value not updated"},
      {"/mux/max-latency", v7_0, "max-latency", "MAX_LATENCY_UPDATE", "max_latency", none,
       unsignedTo<MuxMaxLatency>(anyUnsigned),
       "MAX_LATENCY_UPDATE_FAIL, max_latency value not parsed correctly", "",
       "MAX_LATENCY_UPDATE_FAIL, MAX_LATENCY_UPDATE_FAIL, max-latency value not updated"},
      {"/analytics/reload-config", v8_0, "analytics-reload", "RELOAD_CONFIG_UPDATE",
       "config_file_path", none, analyticsReload(),
       "RELOAD_CONFIG_UPDATE_FAIL, config_file_path value not parsed correctly", "",
       "RELOAD_CONFIG_UPDATE_FAIL, analytics-config-update event not pushed", false},
      {"/app/quit", v7_0, "", "QUIT", "app_quit", none, trigger(Quit{}),
       "QUIT_FAIL, app_quit must be 1", "",
       "QUIT_FAIL, Unable to handle force-pipeline-eos nvmultiurisrcbin"},
  };
}

} // namespace

const std::vector<SettingEndpoint>& settingEndpoints() {
  static const auto rows = [] {
    std::vector<SettingEndpoint> all;
    for (const auto& group : {streamRows(), encoderRows(), converterRows(), hostRows()}) {
      all.insert(all.end(), group.begin(), group.end());
    }
    return all;
  }();
  return rows;
}

} // namespace sightline::http
