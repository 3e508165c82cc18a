/*
 * Endpoints of your own in Sightline's pipeline host: a shared library adds paths, each with a
 * parser and a callback, and GStreamer elements that intercept the custom events which the callback
 * sends. How to write one is told in docs/custom-endpoints.md.
 *
 *   sightline-pipeline --endpoint-plugin FILE
 *
 * A plugin is part of the host's process and trusted like the host itself. It stays loaded until
 * the process ends. Strings are UTF-8 and end in 0.
 */
#ifndef SIGHTLINE_ENDPOINT_PLUGIN_H
#define SIGHTLINE_ENDPOINT_PLUGIN_H

#include <gst/gst.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Changes with every change of what stands below; the host takes plugins of its own version only.
 */
#define SIGHTLINE_ENDPOINT_PLUGIN_ABI 1

/* Lives as long as the call that it is given to. */
typedef struct {
  const char* method;
  /* The path as it was sent, percent-encoded, without the query. */
  const char* url;
  /* Without the question mark; empty when there is none. */
  const char* query;
  /* The address of the client. */
  const char* remote_addr;
  /* The X-Request-Id, for logs. */
  const char* request_id;
  /* Of body_size bytes, at most 1 MiB, with a 0 behind them. */
  const char* body;
  gsize body_size;
} SightlineRequest;

/*
 * What goes back to the client: zero when it is given to the callback, which sets the status and
 * either the reason or a body. The host releases the strings with g_free().
 */
typedef struct {
  /* On the wire, as it is: 200 to 599, but none that has no body (204, 205, 304). */
  int status;
  /* Goes into {"reason": …, "status": "HTTP/1.1 200 OK"}. */
  char* reason;
  /* When it is set, `body` is sent instead of the reason, as this. */
  char* content_type;
  char* body;
  gsize body_size;
} SightlineAnswer;

typedef struct {
  /* DeepStream's stream_id. Another stream may have it after this one was removed. */
  int source_id;
  const char* camera_id;
  const char* camera_name;
} SightlineStream;

typedef enum {
  /* It is pushed before the next picture that the stream decodes. */
  SIGHTLINE_EVENT_QUEUED = 0,
  SIGHTLINE_EVENT_UNKNOWN_STREAM = 1,
  /* The stream has no pictures now, or too many events (64) wait for its next one. */
  SIGHTLINE_EVENT_NOT_PUSHED = 2,
  /* No element would see it. */
  SIGHTLINE_EVENT_UNSUPPORTED = 3
} SightlineEventResult;

typedef enum {
  /* One time. */
  SIGHTLINE_EVENT_ONCE = 0,
  /*
   * Again after each reconnect of the stream, before its first picture, until an event of the same
   * name takes its place: so that what was set holds.
   */
  SIGHTLINE_EVENT_HELD = 1
} SightlineEventHold;

/* What a callback may ask of the host; lives as long as the call. No function waits for a stream.
 */
typedef struct SightlineHost SightlineHost;
struct SightlineHost {
  /*
   * Sends a GST_EVENT_CUSTOM_DOWNSTREAM of this name and these fields to one stream. The structure
   * stays yours.
   */
  SightlineEventResult (*send_event)(const SightlineHost* host, int source_id,
                                     const GstStructure* event, SightlineEventHold hold);
  /* The same for each stream there is; says to how many. `refused` may be NULL. */
  guint (*send_event_to_all)(const SightlineHost* host, const GstStructure* event,
                             SightlineEventHold hold, guint* refused);
  /* The source_id of a camera; -1 when there is no such stream. */
  int (*find_stream)(const SightlineHost* host, const char* camera_id);
  /* Calls back for each stream, newest first. */
  void (*each_stream)(const SightlineHost* host,
                      void (*visit)(const SightlineStream* stream, void* user_data),
                      void* user_data);
  /* A line in the host's log. Credentials in URLs are left out. */
  void (*log)(const SightlineHost* host, GLogLevelFlags level, const char* text);
};

/* Called by several threads at once. What a function throws is answered 500. */
typedef struct {
  /* GET, POST, PUT or DELETE. */
  const char* method;
  /* "/api/v1/custom/brightness"; with a * at its end, all paths that begin so. */
  const char* path;
  /*
   * Makes the plugin's own object of the request. Returns NULL and sets `error` (g_strdup) when
   * the request is wrong; it is then answered 400 with that reason. NULL when there is nothing to
   * parse: the callback gets NULL then.
   */
  void* (*parse)(const SightlineRequest* request, char** error);
  /* The callback: does the work and fills in the answer. */
  void (*handle)(const SightlineHost* host, const SightlineRequest* request, void* parsed,
                 SightlineAnswer* answer);
  /* Releases what parse() made. Must not throw. */
  void (*release)(void* parsed);
} SightlineEndpoint;

typedef struct {
  /* SIGHTLINE_ENDPOINT_PLUGIN_ABI */
  guint abi;
  /* For logs. */
  const char* name;
  const SightlineEndpoint* endpoints;
  gsize endpoint_count;
  /*
   * Factories of elements with one sink and one src pad for raw video, which the plugin has
   * registered by gst_element_register(NULL, …). In this order, each stream's pictures pass one of
   * each between the decoder and everything else.
   */
  const char* const* elements;
  gsize element_count;
} SightlineEndpointPlugin;

/*
 * The one symbol that a plugin exports. Called once at start, after gst_init(); what it returns
 * must stay as it is. NULL refuses to be loaded.
 */
__attribute__((visibility("default"))) const SightlineEndpointPlugin*
sightline_endpoint_plugin(void);

#ifdef __cplusplus
}
#endif

#endif
