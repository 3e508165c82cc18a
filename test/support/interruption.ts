/** Calls that a crash of the control plane interrupts, by operation: what was there before, the call, and what may be there after. */
import { expect } from "vitest";
import type { Answer } from "./api.ts";
import { makeKeys, type Box } from "./box.ts";
import { converged } from "./convergence.ts";
import { freshName } from "./names.ts";
import { convergedMs } from "./stream.ts";
import { addBox, apiOf } from "./system-api.ts";
import type { System } from "./system.ts";
import { waitFor } from "./wait-for.ts";

/** After the restart. `acknowledged`: the call was answered before the crash, so it must be there. */
export type Judge = (acknowledged: boolean) => Promise<void>;

export interface Interruption {
  /** The call; it breaks, or is answered before the crash comes. */
  readonly call: () => Promise<Answer>;
  readonly judge: Judge;
}

/** One of these is prepared, and all that is written for it acknowledged, before the failpoint is set. */
export type Operation = (system: System, boxes: Box[]) => Promise<Interruption>;

/** Succeeds, or says that it is done already. */
async function again(call: () => Promise<Answer>, codes: readonly (number | string)[]) {
  const { status, body } = await call();
  expect([status, body?.code]).toSatisfy(
    ([seen, code]: [number, string?]) => codes.includes(seen) || codes.includes(code ?? ""),
  );
}

async function newBox(system: System, boxes: Box[], enrolled = true): Promise<Box> {
  const box = await addBox(system, { enrolled });
  boxes.push(box);
  return box;
}

const source = { url: "rtsp://user:pass@192.0.2.1/1" };
const addStream = async (system: System, box: Box): Promise<string> => {
  const body = { name: freshName("s"), device: box.device, source };
  const answer = await apiOf(system).call("/v1/streams", { body });
  expect(answer.status).toBe(201);
  return String(answer.body.id);
};

const createStream: Operation = async (system, boxes) => {
  const box = await newBox(system, boxes);
  const api = apiOf(system);
  const kept = await addStream(system, box);
  const name = freshName("s");
  const call = () => api.call("/v1/streams", { body: { name, device: box.device, source } });
  return {
    call,
    async judge(acknowledged) {
      const { status } = await api.call(`/v1/streams/${name}`);
      expect([200, ...(acknowledged ? [] : [404])]).toContain(status);
      await again(call, [status === 200 ? "stream.name-taken" : 201]);
      const { body } = await api.call(`/v1/streams/${name}`);
      expect(body).toMatchObject({ device: box.device, revision: 1 });
      expect((await api.call(`/v1/streams/${kept}`)).status).toBe(200);
      await converged(system, box.device);
    },
  };
};

/** The key is free again when the lease of the try that died has ended; `test/contract/api-idempotency.test.ts` is there. */
const createWithKey: Operation = async (system, boxes) => {
  const box = await newBox(system, boxes);
  const api = apiOf(system);
  const name = freshName("s");
  const body = { name, device: box.device, source };
  const headers = { "idempotency-key": `"${name}"` };
  const call = () => api.call("/v1/streams", { body, headers });
  return {
    call,
    async judge(acknowledged) {
      const answer = await call();
      if (answer.status === 201) expect(answer.headers.get("idempotency-replayed")).toBe("true");
      else {
        expect([acknowledged, answer.body.code]).toEqual([false, "idempotency.busy"]);
        await again(() => api.call("/v1/streams", { body }), [201, "stream.name-taken"]);
      }
      expect((await api.call(`/v1/streams/${name}`)).body).toMatchObject({ name, revision: 1 });
      await converged(system, box.device);
    },
  };
};

const patchStream: Operation = async (system, boxes) => {
  const box = await newBox(system, boxes);
  const api = apiOf(system);
  const id = await addStream(system, box);
  const settings = { "decoder.dropFrameInterval": 4 };
  const call = () => api.call(`/v1/streams/${id}`, { method: "PATCH", body: { settings } });
  return {
    call,
    async judge(acknowledged) {
      const { body } = await api.call(`/v1/streams/${id}`);
      if (acknowledged || body.revision === 2)
        expect(body).toMatchObject({ revision: 2, settings });
      else expect(body).toMatchObject({ revision: 1, settings: {} });
      await again(call, [200]);
      expect((await api.call(`/v1/streams/${id}`)).body).toMatchObject({ revision: 2, settings });
      await converged(system, box.device);
    },
  };
};

const moveStream: Operation = async (system, boxes) => {
  const [from, to] = [await newBox(system, boxes), await newBox(system, boxes)];
  const api = apiOf(system);
  const id = await addStream(system, from);
  await addStream(system, from);
  const body = { device: to.device };
  const call = () => api.call(`/v1/streams/${id}`, { method: "PATCH", body });
  return {
    call,
    async judge(acknowledged) {
      const before = (await api.call(`/v1/streams/${id}`)).body;
      const places = [to.device, ...(acknowledged ? [] : [from.device])];
      expect(places).toContain(before.device);
      if (before.device === to.device) await converged(system, from.device, [id]);
      await again(call, [200]);
      expect((await api.call(`/v1/streams/${id}`)).body).toMatchObject({ ...body, revision: 2 });
      await converged(system, from.device, [id]);
      await converged(system, to.device);
    },
  };
};

const deleteStream: Operation = async (system, boxes) => {
  const box = await newBox(system, boxes);
  const api = apiOf(system);
  const [id, kept] = [await addStream(system, box), await addStream(system, box)];
  const call = () => api.call(`/v1/streams/${id}`, { method: "DELETE" });
  return {
    call,
    async judge(acknowledged) {
      const { status } = await api.call(`/v1/streams/${id}`);
      expect([404, ...(acknowledged ? [] : [200])]).toContain(status);
      if (status === 404) await converged(system, box.device, [id]);
      await again(call, [status === 404 ? 404 : 204]);
      expect((await api.call(`/v1/streams/${kept}`)).status).toBe(200);
      await converged(system, box.device, [id]);
    },
  };
};

const createDevice: Operation = async (system) => {
  const api = apiOf(system);
  const body = { name: freshName("box"), site: await api.addSite() };
  const call = () => api.call("/v1/devices", { body });
  const route = `/v1/devices/${body.name}`;
  return {
    call,
    async judge(acknowledged) {
      const { status } = await api.call(route);
      expect([200, ...(acknowledged ? [] : [404])]).toContain(status);
      await again(call, [status === 200 ? "device.name-taken" : 201]);
      expect((await api.call(route)).body).toMatchObject(body);
      expect((await api.call(route, { method: "DELETE" })).status).toBe(204);
    },
  };
};

/** With a stream on it, which then waits. */
const deleteDevice: Operation = async (system) => {
  const box = await addBox(system);
  const api = apiOf(system);
  const id = await addStream(system, box);
  const route = `/v1/devices/${box.device}`;
  const call = () => api.call(`${route}?unplace=true`, { method: "DELETE" });
  return {
    call,
    async judge(acknowledged) {
      const { status } = await api.call(route);
      expect([404, ...(acknowledged ? [] : [200])]).toContain(status);
      await again(call, [status === 404 ? 404 : 204]);
      expect((await api.call(`/v1/streams/${id}`)).body).toMatchObject({ device: null });
      await waitFor("the box is locked out", () => isRefused(box), { timeoutMs: convergedMs });
      const { name, site } = box;
      expect((await api.call("/v1/devices", { body: { name, site } })).status).toBe(201);
    },
  };
};

async function isRefused(box: Box): Promise<boolean> {
  try {
    await box.connect();
  } catch {
    return true;
  }
  await box.disconnect();
  return false;
}

const createEnrolment: Operation = async (system, boxes) => {
  const box = await newBox(system, boxes, false);
  const route = `/v1/devices/${box.device}/enrolments`;
  const call = () => apiOf(system).call(route, { method: "POST" });
  return {
    call,
    async judge() {
      expect((await box.enrol(String((await call()).body.token))).status).toBe(201);
    },
  };
};

/** `earlier`: another box was this device before. */
const enrolment =
  (earlier: boolean): Operation =>
  async (system, boxes) => {
    const box = await newBox(system, boxes, earlier);
    await addStream(system, box);
    const old = { identity: box.identity, key: box.keys.key };
    box.keys = await makeKeys();
    const token = await box.newToken();
    return {
      call: () => box.enrol(token),
      async judge() {
        box.identity = await waitFor(
          "the same request is answered",
          async () => {
            const { status, body } = await box.enrol(token);
            return status === 201 ? body : Promise.reject(new Error(JSON.stringify(body)));
          },
          { timeoutMs: convergedMs },
        );
        expect((await box.enrol(token)).body).toEqual(box.identity);
        await box.connect();
        await box.disconnect();
        if (earlier) await expect(box.connect(old)).rejects.toThrow();
        await converged(system, box.device);
      },
    };
  };
const enrolBox = enrolment(false);
const replaceBox = enrolment(true);

const giveCommand: Operation = async (system, boxes) => {
  const box = await newBox(system, boxes);
  const api = apiOf(system);
  const stream = await addStream(system, box);
  await box.comeOnline({ persistent: true });
  const route = `/v1/devices/${box.device}/commands`;
  const body = { kind: "stream.force-idr", args: { stream } };
  const call = () => api.call(route, { body });
  return {
    call,
    async judge(acknowledged) {
      const stored = (await api.call(route)).body.items as readonly { readonly id: string }[];
      expect([1, ...(acknowledged ? [] : [0])]).toContain(stored.length);
      const ids = [...stored.map(({ id }) => id), String((await call()).body.id)];
      await box.sayHello();
      for (const _ of ids) {
        const { id } = await box.nextCommand();
        await box.ack(id, "acknowledged");
        await box.ack(id, "succeeded", { result: { idrFrames: 1 } });
      }
      for (const id of ids)
        await waitFor(
          `${id} has succeeded`,
          async () => (await api.call(`${route}/${id}`)).body.state === "succeeded",
          { timeoutMs: convergedMs },
        );
      await box.disconnect();
    },
  };
};

export const operations = {
  createStream,
  createWithKey,
  patchStream,
  moveStream,
  deleteStream,
  createDevice,
  deleteDevice,
  createEnrolment,
  enrolBox,
  replaceBox,
  giveCommand,
};
