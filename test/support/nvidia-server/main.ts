/** The double as a process of its own, so that it can end as theirs does. Its parent speaks to it by messages. */
import { startDouble } from "./server.ts";
import type { NvidiaRelease } from "./release.ts";
import type { Source } from "./sources.ts";
import type { AskedRequest } from "./server.ts";
import type { Json } from "./json.ts";

export type Order =
  | { readonly kind: "look" }
  | { readonly kind: "vanish"; readonly cameraId: string }
  | { readonly kind: "delay"; readonly path: string; readonly delayMs: number };

/** What is in force, and what was asked. */
export interface Seen {
  readonly sources: readonly Source[];
  readonly shared: Readonly<Record<string, Json>>;
  readonly asked: readonly AskedRequest[];
}

export type Said =
  | { readonly kind: "ready"; readonly port: number }
  | { readonly kind: "abort"; readonly reason: string }
  | { readonly kind: "seen"; readonly seen: Seen };

const say = (said: Said, then?: () => void): void => void process.send?.(said, () => then?.());

const [release = "7.1", port = "0", maxBatchSize = "8"] = process.argv.slice(-3);

const double = await startDouble({
  release: release as NvidiaRelease,
  port: Number(port),
  maxBatchSize: Number(maxBatchSize),
  abort: (reason) => {
    say({ kind: "abort", reason }, () => process.kill(process.pid, "SIGABRT"));
  },
});

process.on("message", (order: Order) => {
  if (order.kind === "vanish") double.server.sources.vanish(order.cameraId);
  if (order.kind === "delay") double.delay(order.path, order.delayMs);
  const { sources, shared } = double.server;
  say({ kind: "seen", seen: { sources: sources.all, shared, asked: double.asked } });
});
process.on("disconnect", () => process.exit(0));
say({ kind: "ready", port: double.port });
