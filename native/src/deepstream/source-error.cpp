#include "deepstream/source-error.h"

#include "gstreamer/gst-pointer.h"
#include "pipeline/url.h"

#include <gst/rtsp/gstrtspdefs.h>

namespace sightline::deepstream {

StreamError classify(GstMessage* message) {
  GError* raised = nullptr;
  gst_message_parse_error(message, &raised, nullptr);
  const ErrorPointer error(raised);
  const GstStructure* details = nullptr;
  gst_message_parse_error_details(message, &details);
  unsigned status = 0;
  if (details != nullptr) {
    gst_structure_get_uint(details, "rtsp-status-code", &status);
  }
  const auto is = [&](GstResourceError code) {
    return g_error_matches(error.get(), GST_RESOURCE_ERROR, code);
  };
  if (status == GST_RTSP_STS_UNAUTHORIZED || status == GST_RTSP_STS_FORBIDDEN ||
      is(GST_RESOURCE_ERROR_NOT_AUTHORIZED)) {
    return {stream_code::unauthorized, "the source refuses the credentials"};
  }
  if (status == GST_RTSP_STS_NOT_FOUND || status == GST_RTSP_STS_GONE ||
      is(GST_RESOURCE_ERROR_NOT_FOUND)) {
    return {stream_code::notFound, "the source has no such stream"};
  }
  if (error->domain == GST_STREAM_ERROR) {
    return {stream_code::invalid, redactUrls(error->message)};
  }
  return {stream_code::unreachable, redactUrls(error->message)};
}

} // namespace sightline::deepstream
