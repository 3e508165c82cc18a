/** The pipeline host as somebody on the box sees it: with DeepStream's routes, and the token out of the agent's folder. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { PipelineAbout, PipelineStreams } from "@sightline/contracts/pipeline-api";
import { deepstreamPaths, sightlinePaths } from "@sightline/contracts/pipeline-paths";
import type { Box } from "./box.ts";
import { waitFor } from "./wait-for.ts";

type Listed = ReturnType<typeof PipelineStreams.parse>;

export class Host {
  readonly #box: Box;
  readonly #url: string;

  constructor(box: Box, url: string) {
    this.#box = box;
    this.#url = url;
  }

  async list(): Promise<Listed> {
    return PipelineStreams.parse(await this.#get(sightlinePaths.streams));
  }

  /** Waits until all of them do. */
  async runs(...localNames: readonly string[]): Promise<void> {
    await waitFor(
      async () => {
        const { streams } = await this.list().catch(() => ({ streams: [] }));
        return localNames.every((name) =>
          streams.some(({ camera_id, state }) => camera_id === name && state === "running"),
        );
      },
      `frames of ${localNames.join(" and ")}`,
    );
  }

  /** Of the process that answers now. */
  async pid(): Promise<number> {
    return PipelineAbout.parse(await this.#get(sightlinePaths.about)).pid;
  }

  async stream(localName: string): Promise<Listed["streams"][number] | undefined> {
    return (await this.list()).streams.find(({ camera_id }) => camera_id === localName);
  }

  add(localName: string, url: string): Promise<void> {
    return this.#post(deepstreamPaths.streamAdd, sensor(localName, url, "camera_add"));
  }

  remove(localName: string, url: string): Promise<void> {
    return this.#post(deepstreamPaths.streamRemove, sensor(localName, url, "camera_remove"));
  }

  /** Of one stream; without a name, of all. */
  async set(path: string, value: object, localName?: string): Promise<void> {
    const id = localName === undefined ? {} : { stream_id: await this.#number(localName) };
    await this.#post(path, { stream: { ...id, ...value } });
  }

  quit(): Promise<void> {
    return this.#post(deepstreamPaths.quit, { stream: { app_quit: 1 } });
  }

  async #get(path: string): Promise<unknown> {
    const token = (await readFile(join(this.#box.folder, "pipeline-token"), "utf8")).trim();
    const headers = { Authorization: `Bearer ${token}` };
    return (await fetch(`${this.#url}${path}`, { headers })).json();
  }

  async #number(localName: string): Promise<string> {
    const stream = await this.stream(localName);
    if (!stream) throw new Error(`the pipeline holds no ${localName}`);
    return String(stream.source_id);
  }

  async #post(path: string, body: object): Promise<void> {
    const answer = await fetch(`${this.#url}${path}`, {
      method: "POST",
      body: JSON.stringify(body),
    });
    const text = await answer.text();
    if (!text.includes("_SUCCESS")) throw new Error(`${path}: ${answer.status} ${text}`);
  }
}

const sensor = (localName: string, url: string, change: string): object => ({
  key: "sensor",
  value: { camera_id: localName, camera_name: localName, camera_url: url, change },
});
