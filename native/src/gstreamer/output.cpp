#include "gstreamer/output.h"

#include "gstreamer/elements.h"
#include "gstreamer/encoder-codec.h"
#include "gstreamer/handover.h"
#include "pipeline/clock.h"
#include "pipeline/limits.h"

#include <gst/app/gstappsrc.h>

#include <utility>

namespace sightline {

// Belongs to the media of one client.
struct Output::Membership {
  std::shared_ptr<Output> output;
  ClientPlace place;
  bool left = false;
  Handover handover{};
};

namespace {

std::string payloaderMediaType(GstElement* mediaBin) {
  const auto payloader = childNamed(mediaBin, "pay0");
  const CapsPointer caps(gst_pad_get_pad_template_caps(padNamed(payloader.get(), "sink").get()));
  return gst_structure_get_name(gst_caps_get_structure(caps.get(), 0));
}

} // namespace

void Output::setIdrRequest(std::function<void()> requestIdr) {
  const std::lock_guard lock(mutex_);
  requestIdr_ = std::move(requestIdr);
}

void Output::setCodec(VideoCodec codec) {
  const std::lock_guard lock(mutex_);
  codec_ = codec;
  for (const Client& client : clients_) {
    if (client.mediaType != mediaType(codec)) {
      gst_app_src_end_of_stream(GST_APP_SRC(client.input.get()));
    }
  }
}

void Output::deliver(GstSample* accessUnit, bool idr) {
  lastUnitMs_ = monotonicMs();
  const std::lock_guard lock(mutex_);
  for (Client& client : clients_) {
    feed(client, accessUnit, idr);
  }
}

void Output::feed(Client& client, GstSample* accessUnit, bool idr) {
  auto* input = GST_APP_SRC(client.input.get());
  const GstStructure* caps = gst_caps_get_structure(gst_sample_get_caps(accessUnit), 0);
  if (client.mediaType != gst_structure_get_name(caps)) {
    return;
  }
  if (gst_app_src_get_current_level_buffers(input) >= limits::clientQueueFrames) {
    client.waitsForIdr = client.wantsIdr = true;
    return;
  }
  if (client.waitsForIdr && !idr) {
    if (std::exchange(client.wantsIdr, false) && requestIdr_) {
      requestIdr_();
    }
    return;
  }
  client.waitsForIdr = false;
  // The media's pipeline has a clock base of its own, and no reordered pictures.
  GstBuffer* timed = gst_buffer_copy(gst_sample_get_buffer(accessUnit));
  GST_BUFFER_PTS(timed) = GST_BUFFER_DTS(timed) = runningTime(client.input.get());
  const SamplePointer sample(
      gst_sample_new(timed, gst_sample_get_caps(accessUnit), nullptr, nullptr));
  gst_buffer_unref(timed);
  gst_app_src_push_sample(input, sample.get());
}

void Output::join(GstRTSPMedia* media) {
  const GObjectPointer<GstElement> bin(gst_rtsp_media_get_element(media));
  GObjectPointer<GstElement> input = childNamed(bin.get(), "input");
  const std::lock_guard lock(mutex_);
  if (closed_) {
    gst_app_src_end_of_stream(GST_APP_SRC(input.get()));
    return;
  }
  std::string type = payloaderMediaType(bin.get());
  if (type != mediaType(codec_)) {
    // Another codec was set since its media was made.
    gst_app_src_end_of_stream(GST_APP_SRC(input.get()));
  }
  clients_.push_back({std::move(input), std::move(type)});
  auto* membership = new Membership{shared_from_this(), std::prev(clients_.end())};
  countBytes(bin.get(), membership);
  const auto onUnprepared = +[](GstRTSPMedia*, gpointer data) {
    auto* membership = static_cast<Membership*>(data);
    const Handover::Visit visit(membership->handover);
    if (!std::exchange(membership->left, true)) {
      membership->output->leave(membership->place);
    }
  };
  const auto forget = +[](gpointer data, GClosure*) {
    auto* membership = static_cast<Membership*>(data);
    membership->handover.takeBack();
    delete membership;
  };
  g_signal_connect_data(media, "unprepared", G_CALLBACK(onUnprepared), membership, forget,
                        GConnectFlags{});
  membership->handover.give();
  if (requestIdr_) {
    requestIdr_();
  }
}

void Output::countBytes(GstElement* mediaBin, Membership* membership) {
  const auto payloader = childNamed(mediaBin, "pay0");
  const auto onPackets = +[](GstPad*, GstPadProbeInfo* info, gpointer data) {
    auto* membership = static_cast<Membership*>(data);
    const Handover::Visit visit(membership->handover);
    const bool list = (GST_PAD_PROBE_INFO_TYPE(info) & GST_PAD_PROBE_TYPE_BUFFER_LIST) != 0;
    membership->output->bytesOut_ +=
        list ? gst_buffer_list_calculate_size(GST_PAD_PROBE_INFO_BUFFER_LIST(info))
             : gst_buffer_get_size(GST_PAD_PROBE_INFO_BUFFER(info));
    return GST_PAD_PROBE_OK;
  };
  // The media owns the membership through its "unprepared" closure, so a bare pointer will do.
  gst_pad_add_probe(
      padNamed(payloader.get(), "src").get(),
      static_cast<GstPadProbeType>(GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST),
      onPackets, membership, nullptr);
}

void Output::leave(ClientPlace place) {
  const std::lock_guard lock(mutex_);
  clients_.erase(place);
}

void Output::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  requestIdr_ = nullptr;
  for (const Client& client : clients_) {
    gst_app_src_end_of_stream(GST_APP_SRC(client.input.get()));
  }
}

bool Output::isFresh() const {
  return lastUnitMs_ != 0 && monotonicMs() - lastUnitMs_ < limits::outputFreshness.count();
}

int Output::clients() const {
  const std::lock_guard lock(mutex_);
  return static_cast<int>(clients_.size());
}

} // namespace sightline
