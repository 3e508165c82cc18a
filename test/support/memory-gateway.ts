/**
 * A gateway without disk and wire, for tests that make thousands of calls: shadows by the rules of AWS IoT's stand-in, of things that
 * the test names. `memory-gateway.test.ts` asks it and the stand-in the same.
 */
import { DomainError } from "@sightline/contracts/errors";
import type { Gateway, ShadowDocument } from "@sightline/core/ports/gateway";
import { AwsError } from "@sightline/iot-local/aws-error";
import {
  applyUpdate,
  fullDocument,
  parseUpdate,
  type Shadow,
} from "@sightline/iot-local/shadow-document";

export interface MemoryGateway extends Gateway {
  addThing(thing: string): void;
}

/** The version counts on when a shadow has been deleted. */
interface Row {
  readonly shadow: Shadow | undefined;
  readonly version: number;
}

export function createMemoryGateway(nowMs: () => number): MemoryGateway {
  const things = new Map<string, Map<string, Row>>();
  return {
    addThing: (thing) => void things.set(thing, new Map()),

    publish: () => Promise.resolve(),

    async getShadow(thing, name) {
      const shadow = things.get(thing)?.get(name)?.shadow;
      return shadow && (structuredClone(fullDocument(shadow)) as unknown as ShadowDocument);
    },

    async updateShadow(thing, name, { desired, version }) {
      const rows = things.get(thing);
      if (!rows) throw new DomainError("device.not-enrolled", `there is no thing ${thing}`);
      const before = rows.get(name) ?? { shadow: undefined, version: 0 };
      const body = { state: { desired }, ...(version > 0 && { version }) };
      const at = { nowS: Math.floor(nowMs() / 1_000), versionBefore: before.version };
      try {
        const request = parseUpdate(Buffer.from(JSON.stringify(body)));
        const { shadow } = applyUpdate(before.shadow, request, at);
        rows.set(name, { shadow, version: shadow.version });
      } catch (cause) {
        throw refusalOf(cause);
      }
    },

    async deleteShadow(thing, name) {
      const rows = things.get(thing);
      const row = rows?.get(name);
      if (row?.shadow) rows?.set(name, { shadow: undefined, version: row.version });
    },

    async listShadows(thing) {
      const rows = [...(things.get(thing) ?? [])];
      return rows.flatMap(([name, { shadow }]) => (shadow ? [name] : [])).toSorted();
    },
  };
}

function refusalOf(cause: unknown): unknown {
  if (!(cause instanceof AwsError)) return cause;
  if (cause.status === 409)
    return new DomainError("sync.conflict", "the shadow has another version", { cause });
  if (cause.status === 413)
    return new DomainError("shadow.too-large", "the shadow would pass 8 KB", { cause });
  return new DomainError("gateway.unavailable", "the device gateway does not answer", { cause });
}
