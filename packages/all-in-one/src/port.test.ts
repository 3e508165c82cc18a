import { once } from "node:events";
import { createServer } from "node:net";
import { describe, expect, it } from "vitest";
import { choosePort } from "./port.ts";

const host = "127.0.0.1";

describe("choosePort", () => {
  it("takes any port from those that the system gives to nobody, and each once", async () => {
    const taken = new Set<number>();
    for (let count = 0; count < 50; count += 1) {
      const port = await choosePort({ host, wanted: 0, last: undefined, taken });
      expect(port).toBeGreaterThanOrEqual(20_000);
      expect(port).toBeLessThan(32_768);
      expect(taken).not.toContain(port);
      taken.add(port);
    }
  });

  it("takes the last one again, and the next free one when somebody else has the wanted one", async () => {
    const last = await choosePort({ host, wanted: 0, last: undefined, taken: new Set() });
    expect(await choosePort({ host, wanted: 0, last, taken: new Set() })).toBe(last);
    const server = createServer().listen(last, host);
    await once(server, "listening");
    const next = await choosePort({ host, wanted: last, last, taken: new Set([last + 1]) });
    expect(next).toBeGreaterThan(last + 1);
    server.close();
  });
});
