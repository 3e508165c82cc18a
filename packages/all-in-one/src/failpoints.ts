/**
 * Failpoints: this process kills itself right after a chosen call has been carried out, as a power cut would. For tests of what a
 * crash leaves behind. Off, and the ports untouched, unless the environment names a file (`SIGHTLINE_FAILPOINT_FILE`); the file says
 * which point comes next, `name:nth`, and is gone when it was reached.
 */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import type { IoTClient } from "@aws-sdk/client-iot";
import type { Gateway } from "@sightline/core/ports/gateway";
import type { Store } from "@sightline/core/ports/store";

type StoreCall = { [N in keyof Store]: `store.${N}.${keyof Store[N] & string}` }[keyof Store];
/** What is named after the dot is a method of the port, or an operation of AWS IoT's registry. */
type Call = StoreCall | `gateway.${keyof Gateway}` | `iot.${string}`;

/** Every step after which a write is half done: of the table, then of the shadows, the registry, or the broker. */
export const failpoints = [
  "store.devices.create",
  "store.devices.setIdentity",
  "store.devices.setSyncDue",
  "store.devices.delete",
  "store.enrolments.create",
  "store.enrolments.claim",
  "store.enrolments.complete",
  "store.streams.create",
  "store.streams.change",
  "store.streams.move",
  "store.streams.delete",
  "store.commands.create",
  "store.commands.transition",
  "store.idempotency.claim",
  "store.idempotency.complete",
  "gateway.updateShadow",
  "gateway.deleteShadow",
  "gateway.publish",
  "iot.CreateThing",
  "iot.CreateCertificateFromCsr",
  "iot.AttachPolicy",
  "iot.AttachThingPrincipal",
  "iot.UpdateCertificate",
  "iot.DetachPolicy",
  "iot.DetachThingPrincipal",
  "iot.DeleteCertificate",
  "iot.DeleteThing",
] as const satisfies readonly Call[];
export type Failpoint = (typeof failpoints)[number];

export interface FailingPorts {
  readonly store: Store;
  readonly gateway: Gateway;
  /** Its operations are points by a middleware of its own: the Registry port does several in one call. */
  readonly iot: IoTClient;
}

/** The same ports, which die where the file says; `ports` themselves when there is no file to look at. */
export function withFailpoints<P extends FailingPorts>(ports: P, file: string | undefined): P {
  if (file === undefined) return ports;
  const pass = (name: string): void => passPoint(file, name);
  ports.iot.middlewareStack.add(
    (next, { commandName }) =>
      async (input) => {
        const output = await next(input);
        pass(`iot.${String(commandName).replace(/Command$/, "")}`);
        return output;
      },
    { step: "initialize", name: "failpoints" },
  );
  return {
    ...ports,
    store: watchedStore(ports.store, pass),
    gateway: watched(ports.gateway, (name) => pass(`gateway.${name}`)),
  };
}

function watchedStore({ recording, ...nouns }: Store, pass: (name: string) => void): Store {
  const watchedNouns = Object.entries(nouns).map(([noun, calls]) => [
    noun,
    watched(calls as object, (name) => pass(`store.${noun}.${name}`)),
  ]);
  return {
    ...(Object.fromEntries(watchedNouns) as typeof nouns),
    recording: (...call) => watchedStore(recording(...call), pass),
  };
}

type Method = (...given: readonly unknown[]) => Promise<unknown>;

const watched = <T extends object>(port: T, pass: (name: string) => void): T =>
  Object.fromEntries(
    Object.entries(port).map(([name, method]) => [
      name,
      async (...given: readonly unknown[]) => {
        const answer = await (method as Method)(...given);
        pass(name);
        return answer;
      },
    ]),
  ) as T;

function passPoint(file: string, passed: string): void {
  const [name, nth = "1"] = textOf(file).trim().split(":");
  if (name !== passed) return;
  if (Number(nth) > 1) return writeFileSync(file, `${name}:${Number(nth) - 1}`);
  rmSync(file);
  process.kill(process.pid, "SIGKILL");
}

function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
