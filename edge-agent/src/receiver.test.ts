import { describe, expect, it, vi } from "vitest";
import type { DeviceWish } from "@sightline/contracts/desired-state";
import { deviceShadow } from "@sightline/contracts/shadow";
import { Receiver, type ReceiverDeps } from "./receiver.ts";

/** Answers every request with this version of a manifest that names nothing, and what else is desired. */
function receiver(version: () => number, desired: object = {}) {
  const asked: string[] = [];
  const caughtUp: boolean[] = [];
  const wishes: number[] = [];
  const parts = {
    exchange: {
      get: async (shadow: string) => {
        asked.push(shadow);
        if (asked.length > 20) throw new Error("asks without end");
        return {
          desired: { v: 1, manifest: {}, ...desired },
          reported: undefined,
          version: version(),
        };
      },
    },
    state: {
      takeManifest: async () => [],
      takeWish: async (wish: DeviceWish) => void wishes.push(wish.revision),
      behind: () => [],
      isMember: () => false,
    },
    online: () => true,
    hello: async () => undefined,
    changed: () => undefined,
    caughtUp: () => caughtUp.push(heard.knowsManifest),
    mirrored: () => undefined,
  };
  const heard = new Receiver(parts as unknown as ReceiverDeps);
  return { heard, asked, caughtUp, wishes };
}

const ring = (version: number) => ({ shadow: deviceShadow, changed: { manifest: {} }, version });
const idle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("receiver", () => {
  it.each([2 ** 31, 1e15, Number.MAX_SAFE_INTEGER])(
    "asks once more for version %d that never comes, and no more",
    async (version) => {
      const { heard, asked } = receiver(() => 3);
      heard.ring(ring(version));
      await idle();
      expect(asked).toEqual([deviceShadow, deviceShadow]);
    },
  );

  it("fetches what the device should be when that alone has changed", async () => {
    const wish = { revision: 4, pipeline: "stopped", settings: { "mux.maxLatencyNs": 1 } };
    const { heard, wishes } = receiver(() => 3, { wish });
    heard.ring({ shadow: deviceShadow, changed: { wish: { revision: 4 } }, version: 3 });
    await idle();
    expect(wishes).toEqual([4]);
  });

  it("takes the manifest although what the device should be is garbage", async () => {
    vi.spyOn(process.stderr, "write").mockReturnValue(true);
    const { heard, wishes } = receiver(() => 3, { wish: { revision: 9, pipeline: "perhaps" } });
    heard.connected();
    await idle();
    expect(heard.knowsManifest).toBe(true);
    expect(wishes).toEqual([0]);
    heard.disconnected();
  });

  it("says once a session that it knows the manifest", async () => {
    const { heard, caughtUp } = receiver(() => 1);
    for (const sessions of [1, 2]) {
      expect(heard.knowsManifest).toBe(false);
      heard.connected();
      await idle();
      heard.ring(ring(1));
      await idle();
      expect(caughtUp).toEqual(Array.from({ length: sessions }, () => true));
      heard.disconnected();
    }
  });

  it("asks again when it rings for a newer version while the answer is on its way", async () => {
    let version = 3;
    const { heard, asked } = receiver(() => version);
    heard.ring(ring(3));
    heard.ring(ring(4));
    version = 4;
    heard.ring(ring(5));
    await idle();
    expect(asked).toHaveLength(2);
    version = 5;
    heard.ring(ring(5));
    await idle();
    expect(asked).toHaveLength(3);
  });

  it.each([
    ["what is no stream's id", { manifest: { "str_../../etc": 1 } }],
    ["a negative revision", { manifest: { [`str_${"1".repeat(26)}`]: -1 } }],
    [
      "more streams than a device may have",
      {
        manifest: Object.fromEntries(
          Array.from({ length: 65 }, (_, n) => [`str_${String(n).padStart(26, "0")}`, 1]),
        ),
      },
    ],
  ])("takes no manifest with %s", async (_name, desired) => {
    const taken: unknown[] = [];
    const parts = {
      exchange: {
        get: async () => ({ desired: { v: 1, ...desired }, reported: undefined, version: 1 }),
      },
      state: { takeManifest: async (manifest: unknown) => taken.push(manifest), behind: () => [] },
      online: () => false,
    };
    new Receiver(parts as unknown as ReceiverDeps).ring(ring(1));
    await idle();
    expect(taken).toEqual([]);
  });
});
