#include "software/rtsp-source.h"

#include "gstreamer/elements.h"
#include "pipeline/limits.h"

#include <gst/rtsp/gstrtspurl.h>

#include <cctype>
#include <cstring>

namespace sightline {

namespace {

// The status that the camera answered; 0 when the error is not one of RTSP.
int rtspStatus(GstMessage* message) {
  const GstStructure* details = nullptr;
  gst_message_parse_error_details(message, &details);
  unsigned status = 0;
  if (details != nullptr) {
    gst_structure_get_uint(details, "rtsp-status-code", &status);
  }
  return static_cast<int>(status);
}

// The encoding names of all video media of an SDP; empty when there is no video.
std::string videoCodecs(const GstSDPMessage* sdp) {
  std::string codecs;
  for (guint index = 0; index < gst_sdp_message_medias_len(sdp); ++index) {
    const GstSDPMedia* media = gst_sdp_message_get_media(sdp, index);
    if (g_strcmp0(gst_sdp_media_get_media(media), "video") != 0) {
      continue;
    }
    const char* map = gst_sdp_media_get_attribute_val(media, "rtpmap");
    const char* name = map != nullptr ? std::strchr(map, ' ') : nullptr;
    const std::string codec = name != nullptr ? std::string(name + 1) : "a static payload type";
    codecs += (codecs.empty() ? "" : ", ") + codec.substr(0, codec.find('/'));
  }
  return codecs;
}

// The last line of the debug text says more than GStreamer's generic message.
std::string explain(const GError& error, const gchar* debug) {
  const std::string detail = debug != nullptr ? debug : "";
  const std::string line = detail.substr(detail.rfind('\n') + 1);
  return redactUrls(line.empty() ? error.message : line);
}

// Where it is connected to, after a redirection as well.
std::string locationOf(GstElement* rtspsrc) {
  gchar* location = nullptr;
  g_object_get(rtspsrc, "location", &location, nullptr);
  const TextPointer owned(location);
  return location != nullptr ? location : "";
}

std::string upper(std::string text) {
  for (char& character : text) {
    character = static_cast<char>(std::toupper(static_cast<unsigned char>(character)));
  }
  return text;
}

// As in an SDP.
std::string encodingName(VideoCodec codec) {
  return upper(codecName(codec));
}

} // namespace

RtspSource::RtspSource(const Admission& admission, const SourceSetup& setup, const Context& context)
    : Source(setup, context), host_(admission.url.host) {
  const std::size_t authority = admission.location.find("://") + 3;
  root_ = admission.location.substr(0, admission.location.find('/', authority) + 1);
  GstElement* rtspsrc = makeElement("rtspsrc");
  const bool udp = admission.url.scheme == SourceScheme::rtspu;
  g_object_set(rtspsrc, "location", admission.location.c_str(), "protocols",
               udp ? GST_RTSP_LOWER_TRANS_UDP : GST_RTSP_LOWER_TRANS_TCP, "latency",
               static_cast<guint>(setup.lowLatency ? 0 : limits::rtspLatency.count()),
               "tcp-timeout", static_cast<guint64>(limits::rtspTimeout.count()), "timeout",
               static_cast<guint64>(limits::rtspTimeout.count()), "user-agent",
               "sightline-pipeline", nullptr);
  if (!admission.url.user.empty()) {
    g_object_set(rtspsrc, "user-id", admission.url.user.c_str(), "user-pw",
                 admission.url.password.c_str(), nullptr);
  }
  gst_bin_add(bin(), rtspsrc);
  decoder_ = addDecoder(Input::packets);
  g_signal_connect(rtspsrc, "on-sdp", G_CALLBACK(onSdp), this);
  g_signal_connect(rtspsrc, "select-stream", G_CALLBACK(onSelect), this);
  g_signal_connect(rtspsrc, "before-send", G_CALLBACK(onSend), this);
  g_signal_connect(rtspsrc, "accept-certificate", G_CALLBACK(onCertificate), this);
  g_signal_connect(rtspsrc, "pad-added", G_CALLBACK(onPad), this);
  start();
}

RtspSource::~RtspSource() {
  stop();
}

void RtspSource::onSdp(GstElement*, GstSDPMessage* sdp, gpointer self) {
  auto* source = static_cast<RtspSource*>(self);
  const Handover::Visit visit(source->handover_);
  const std::string codecs = videoCodecs(sdp);
  if (codecs.empty()) {
    source->fail({stream_code::noVideo, "the source has no video"});
  } else if (upper(codecs).find(encodingName(source->setup().codec)) != std::string::npos) {
    return;
  } else if (upper(codecs).find(encodingName(source->setup().otherCodec())) != std::string::npos) {
    source->reportOtherCodec();
  } else {
    source->fail(
        {stream_code::codecUnsupported, "the source sends " + codecs + ", neither H264 nor H265"});
  }
}

gboolean RtspSource::onSelect(GstElement*, guint, GstCaps* caps, gpointer self) {
  auto* source = static_cast<RtspSource*>(self);
  const Handover::Visit visit(source->handover_);
  const GstStructure* media = gst_caps_get_structure(caps, 0);
  const char* encoding = gst_structure_get_string(media, "encoding-name");
  const bool wanted = g_strcmp0(gst_structure_get_string(media, "media"), "video") == 0 &&
                      encoding != nullptr && upper(encoding) == encodingName(source->setup().codec);
  return wanted && !source->selected_.exchange(true);
}

gboolean RtspSource::onSend(GstElement* rtspsrc, GstRTSPMessage*, gpointer self) {
  auto* source = static_cast<RtspSource*>(self);
  const Handover::Visit visit(source->handover_);
  // A camera that answers with a redirection could lead past the source rule; then not even OPTIONS
  // is sent. The URL of a request is not looked at: SETUP and PLAY have the control URLs of the
  // SDP, which may name the camera differently and are used on this connection all the same.
  if (!locationOf(rtspsrc).starts_with(source->root_)) {
    source->fail({stream_code::forbidden, "the source redirects to another address"});
    return FALSE;
  }
  return TRUE;
}

void RtspSource::onPad(GstElement*, GstPad* pad, gpointer self) {
  auto* source = static_cast<RtspSource*>(self);
  const Handover::Visit visit(source->handover_);
  if (!gst_pad_is_linked(source->decoder_.get())) {
    gst_pad_link(pad, source->decoder_.get());
  }
}

// GIO asks for every certificate, see TlsTrust.
gboolean RtspSource::onCertificate(GstElement*, GTlsConnection*, GTlsCertificate* certificate,
                                   GTlsCertificateFlags, gpointer self) {
  auto* source = static_cast<RtspSource*>(self);
  const Handover::Visit visit(source->handover_);
  const std::string refusal = source->setup().trust->refusal(certificate, source->host_);
  if (!refusal.empty()) {
    source->fail({stream_code::untrusted, "the source's certificate is not trusted: " + refusal});
  }
  return refusal.empty();
}

StreamError RtspSource::classify(GstMessage* message) const {
  GError* raised = nullptr;
  gchar* debug = nullptr;
  gst_message_parse_error(message, &raised, &debug);
  const ErrorPointer error(raised);
  const TextPointer detail(debug);
  const std::string text = explain(*error, debug);
  const bool unparsable = debug != nullptr && std::strstr(debug, "Parse error") != nullptr;
  switch (rtspStatus(message)) {
  case GST_RTSP_STS_UNAUTHORIZED:
  case GST_RTSP_STS_FORBIDDEN:
    return {stream_code::unauthorized, "the source refuses the credentials"};
  case GST_RTSP_STS_NOT_FOUND:
  case GST_RTSP_STS_GONE:
    return {stream_code::notFound, "the source has no such stream"};
  default:
    break;
  }
  if (unparsable || error->domain == GST_STREAM_ERROR) {
    return {stream_code::invalid, text};
  }
  if (g_error_matches(error.get(), GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NOT_AUTHORIZED)) {
    return {stream_code::unauthorized, "the source refuses the credentials"};
  }
  if (g_error_matches(error.get(), GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NOT_FOUND)) {
    return {stream_code::notFound, "the source has no such stream"};
  }
  return {stream_code::unreachable, text};
}

} // namespace sightline
