#pragma once

#include "software/source.h"

#include <gst/rtsp/gstrtspmessage.h>
#include <gst/sdp/gstsdpmessage.h>

#include <string>

namespace sightline {

// An RTSP camera. rtsp and rtspt: interleaved in the TCP connection; rtspu: RTP over UDP; rtsps:
// interleaved in a TLS connection.
class RtspSource final : public Source {
 public:
  RtspSource(const Admission& admission, const SourceSetup& setup, const Context& context);
  ~RtspSource() override;

 protected:
  StreamError classify(GstMessage* message) const override;

 private:
  static void onSdp(GstElement* rtspsrc, GstSDPMessage* sdp, gpointer self);
  static gboolean onSelect(GstElement* rtspsrc, guint number, GstCaps* caps, gpointer self);
  static gboolean onSend(GstElement* rtspsrc, GstRTSPMessage* message, gpointer self);
  static void onPad(GstElement* rtspsrc, GstPad* pad, gpointer self);
  static gboolean onCertificate(GstElement* rtspsrc, GTlsConnection* connection,
                                GTlsCertificate* certificate, GTlsCertificateFlags found,
                                gpointer self);

  // "rtsps://address:port/" as it stands in the location.
  std::string root_;
  // As the URL names it: the certificate has to be for it.
  const std::string host_;
  GObjectPointer<GstPad> decoder_;
  std::atomic<bool> selected_{false};
};

} // namespace sightline
