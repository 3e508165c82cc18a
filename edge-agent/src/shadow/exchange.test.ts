import { describe, expect, it } from "vitest";
import { ShadowExchange } from "./exchange.ts";

const thing = "sightline-test-dev_1";
const stem = `$aws/things/${thing}/shadow/name`;

function connect(timeoutMs = 1_000) {
  const sent: { topic: string; body: Record<string, unknown> }[] = [];
  const times: number[] = [];
  const exchange = new ShadowExchange({
    thing,
    publish: async (topic, payload) => {
      sent.push({ topic, body: JSON.parse(payload) as Record<string, unknown> });
    },
    learnTime: (timestampS) => times.push(timestampS),
    timeoutMs,
    throttledMs: 1,
  });
  const hear = (leaf: string, body: object) =>
    exchange.receive(`${stem}/${leaf}`, JSON.stringify(body));
  /** Requests are sent in a later turn. */
  const request = async () => {
    while (sent.length === 0) await new Promise((resolve) => setImmediate(resolve));
    return sent.shift() as (typeof sent)[number];
  };
  return { exchange, hear, request, times };
}

describe("shadow exchange", () => {
  it("matches answers by their token, and learns the server's time", async () => {
    const { exchange, hear, request, times } = connect();
    const document = exchange.get("device");
    const { topic, body } = await request();
    expect(topic).toBe(`${stem}/device/get`);
    hear("device/get/accepted", { clientToken: "another", state: { desired: 1 } });
    const { clientToken } = body;
    hear("device/get/accepted", {
      clientToken,
      state: { desired: { a: 1 } },
      version: 7,
      timestamp: 1_900_000_000,
    });
    expect(await document).toEqual({ desired: { a: 1 }, reported: undefined, version: 7 });
    expect(times).toEqual([1_900_000_000]);
  });

  it.each([1e300, -1, 5, 1_900_000_000.5, 1_900_000_000_000])(
    "does not take %d for the server's time, and hears the rest",
    async (timestamp) => {
      const { exchange, hear, request, times } = connect();
      const document = exchange.get("device");
      const { clientToken } = (await request()).body;
      hear("device/get/accepted", { clientToken, state: {}, version: 7, timestamp });
      expect(await document).toMatchObject({ version: 7 });
      expect(times).toEqual([]);
    },
  );

  it.each([
    [404, "shadow.not-found"],
    [413, "shadow.too-large"],
    [500, "gateway.unavailable"],
  ])("turns rejection %i into %s", async (code, expected) => {
    const { exchange, hear, request } = connect();
    const document = exchange.get("device");
    const { clientToken } = (await request()).body;
    hear("device/get/rejected", { clientToken, code, message: "no" });
    await expect(document).rejects.toMatchObject({ code: expected });
  });

  it("asks again when the gateway says that it is too much, and gives up after the fifth time", async () => {
    const { exchange, hear, request } = connect();
    const refuse = async () => {
      const { clientToken } = (await request()).body;
      hear("device/get/rejected", { clientToken, code: 429, message: "Too Many Requests" });
    };
    const document = exchange.get("device");
    for (let tries = 0; tries < 4; tries++) await refuse();
    const { clientToken } = (await request()).body;
    hear("device/get/accepted", { clientToken, state: {}, version: 3 });
    expect(await document).toMatchObject({ version: 3 });
    const refused = exchange.get("device");
    const outcome = expect(refused).rejects.toMatchObject({ code: "gateway.unavailable" });
    for (let tries = 0; tries < 5; tries++) await refuse();
    await outcome;
  });

  it("gives up after its time, and when the connection ends", async () => {
    const { exchange } = connect(20);
    await expect(exchange.get("device")).rejects.toMatchObject({ code: "gateway.unavailable" });
    const other = connect();
    const document = other.exchange.get("device");
    await other.request();
    other.exchange.disconnected();
    await expect(document).rejects.toMatchObject({ code: "gateway.unavailable" });
  });

  it("rings for deltas and for what others wrote, not for its own reports", async () => {
    const { exchange, hear, request } = connect();
    expect(hear("stream-x/update/delta", { state: { revision: 2 }, version: 3 })).toEqual({
      shadow: "stream-x",
      changed: { revision: 2 },
      version: 3,
    });
    const written = {
      state: { desired: { manifest: { a: null } } },
      version: 4,
      clientToken: "cloud",
    };
    expect(hear("device/update/accepted", written)).toMatchObject({
      changed: { manifest: { a: null } },
    });
    const reported = exchange.report("device", "urgent", () => ({ v: 1 }));
    const { clientToken, state } = (await request()).body;
    expect(state).toEqual({ reported: { v: 1 } });
    expect(hear("device/update/accepted", { state, clientToken })).toBeUndefined();
    await reported;
  });

  it("sends nothing when there is nothing to say any more, and ignores noise", async () => {
    const { exchange, hear } = connect();
    await exchange.report("device", "calm", () => undefined);
    expect(exchange.receive(`${stem}/device/update/delta`, "{")).toBeUndefined();
    expect(
      exchange.receive("$aws/things/other/shadow/name/device/update/delta", "{}"),
    ).toBeUndefined();
    expect(hear("device/update/accepted", { state: "odd" })).toMatchObject({ changed: undefined });
  });
});
