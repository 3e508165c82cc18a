/** The desired half of each device shadow. No nulls: "off" is a value. */
import * as z from "zod";
import type { Manifest } from "./device-report.ts";
import { StreamId } from "./ids.ts";
import { limits } from "./limits.ts";
import { ReceivedDeviceSettings, ReceivedSettings } from "./settings.ts";
import { noWish } from "./wish.ts";

/**
 * What a device is told to hold: a box keeps what it has rather than obey anything else, and writes none of it down. What boxes
 * report stays looser, so that one odd key does not hide the rest.
 */
const DesiredManifest: z.ZodType<Manifest> = z
  .record(StreamId, z.number().int().nonnegative())
  .refine((manifest) => Object.keys(manifest).length <= limits.streamsPerDeviceMax, {
    error: `more than ${limits.streamsPerDeviceMax} streams`,
  });

/** Whether the box is to run a pipeline at all. */
export const PipelineWanted = z.enum(["running", "stopped"]);
export type PipelineWanted = z.infer<typeof PipelineWanted>;

/** What a device should be besides its streams. Nothing was ever asked of it: revision 0. */
const DeviceWish = z.object({
  /** Counts changes of `pipeline` and `settings`. */
  revision: z.number().int().nonnegative(),
  /** The request that asked for this revision. */
  requestId: z.string().max(64).optional(),
  pipeline: PipelineWanted,
  settings: ReceivedDeviceSettings,
});
export type DeviceWish = z.infer<typeof DeviceWish>;

/** The desired half of `device`, written last when a stream is added and first when one is removed. */
export const DeviceDesired = z.object({
  v: z.literal(1),
  manifest: DesiredManifest,
  wish: DeviceWish.default(noWish),
});
export type DeviceDesired = z.infer<typeof DeviceDesired>;

/** How the box fetches the video. `auto` is TCP for RTSP. */
export const Transport = z.enum(["auto", "tcp", "udp"]);
export type Transport = z.infer<typeof Transport>;

/** What is sealed in `source.credentials`, as JSON text with the stream's id as context. */
export const CameraCredentials = z.object({ username: z.string(), password: z.string() });
export type CameraCredentials = z.infer<typeof CameraCredentials>;

/** The desired half of `stream-{id}`. */
export const StreamDesired = z.object({
  v: z.literal(1),
  id: StreamId,
  revision: z.number().int().positive(),
  /** The request that asked for this revision: goes with every call to the pipeline that carries it out. */
  requestId: z.string().max(64).optional(),
  /** camera_id in the pipeline; unique on the device. */
  localName: z.string(),
  enabled: z.boolean(),
  source: z.object({
    /** Never with userinfo. */
    url: z.string(),
    transport: Transport,
    /** Camera credentials sealed to the device's key (`sealed.ts`); empty text when the camera wants none. */
    credentials: z.string(),
  }),
  settings: ReceivedSettings,
});
export type StreamDesired = z.infer<typeof StreamDesired>;
