import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Box } from "./box.ts";
import { TestCloud } from "./cloud.ts";

describe("enrol", () => {
  let cloud: TestCloud;
  const boxes: Box[] = [];

  beforeAll(async () => {
    cloud = await TestCloud.start();
  });
  afterAll(async () => {
    for (const box of boxes) await box.close();
    await cloud.close();
  });

  const freshBox = async (): Promise<Box> => {
    const box = await Box.make();
    boxes.push(box);
    return box;
  };
  const identityOf = async (box: Box): Promise<Record<string, unknown>> =>
    JSON.parse(await readFile(join(box.folder, "identity.json"), "utf8")) as Record<
      string,
      unknown
    >;

  it("repeats the very request after a lost answer", async () => {
    const box = await freshBox();
    const token = cloud.token();
    cloud.answersToLose = 1;
    const lost = await box.enrol(cloud.url, token);
    expect({ ...lost.exit, errors: lost.errors }).toMatchObject({ code: 3, signal: null });
    const again = await box.enrol(cloud.url, token);
    expect(again.errors).toEqual([]);
    expect(again.exit?.code).toBe(0);
    const [first, second] = cloud.requests.filter((request) => request.token === token);
    expect(second).toEqual(first);
    expect((await stat(join(box.folder, "identity.json"))).mode & 0o777).toBe(0o600);
  });

  it("keeps the identity in force when a new token is refused, and replaces it when it is taken", async () => {
    const box = await freshBox();
    await box.enrolAt(cloud);
    const before = await identityOf(box);
    const used = cloud.requests.at(-1)?.token ?? "";
    const refused = await box.enrol(cloud.url, used);
    expect(refused.exit?.code).toBe(1);
    expect(refused.errors.join()).toContain("the token is used (enrolment.invalid)");
    expect(await identityOf(box)).toEqual(before);
    await box.enrolAt(cloud);
    const after = await identityOf(box);
    expect(after["certificatePem"]).not.toBe(before["certificatePem"]);
    expect((after["sealingKeys"] as string[])[1]).toBe((before["sealingKeys"] as string[])[0]);
  });

  it("tells nothing to a server whose CA is not the one of the token", async () => {
    const box = await freshBox();
    const asked = cloud.requests.length;
    const fingerprint = createHash("sha256").update("another CA").digest("hex");
    const child = await box.enrol(cloud.url, cloud.token(fingerprint));
    expect(child.exit?.code).toBe(1);
    expect(child.errors.join()).toContain("does not show the CA");
    expect(cloud.requests.length).toBe(asked);
  });

  it("does not take a private CA for a public one", async () => {
    const box = await freshBox();
    const child = await box.enrol(cloud.url, cloud.token("public"));
    expect(child.exit?.code).toBe(3);
    expect(child.errors.join()).toContain("no answer from");
  });

  it("says what is wrong with a token that is none", async () => {
    const child = await (await freshBox()).enrol(cloud.url, "enr_x");
    expect(child.exit?.code).toBe(2);
    expect(child.errors).toEqual(["the token is not an enrolment token: copy all of it"]);
  });
});
