import { expect, test } from "vitest";
import { readRunOptions } from "./options.ts";

const nowhere = "/nonexistent";

test("without options our own host runs, on DeepStream's port", async () => {
  const options = await readRunOptions(nowhere, {});
  expect(options).toMatchObject({ pipelinePort: 9000, pipelineProfile: "auto" });
  expect(options.pipelineUrl).toBeUndefined();
});

test("a server that is not ours is named by the address of this box or of its private network", async () => {
  const { pipelineUrl } = await readRunOptions(nowhere, { pipelineUrl: "http://127.0.0.1:9010/" });
  expect(pipelineUrl).toBe("http://127.0.0.1:9010");
  await expect(readRunOptions(nowhere, { pipelineUrl: "http://8.8.8.8:9000" })).rejects.toThrow(
    "option pipelineUrl: must be http://ADDR[:PORT] of this box or its private network",
  );
  await expect(readRunOptions(nowhere, { pipelineProfile: "6.4" })).rejects.toThrow(
    "option pipelineProfile",
  );
});
