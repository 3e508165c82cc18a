/** The Gateway port on AWS IoT's data plane; its stand-in on one machine answers the same calls. */
import {
  ConflictException,
  DeleteThingShadowCommand,
  GetThingShadowCommand,
  ListNamedShadowsForThingCommand,
  PublishCommand,
  RequestEntityTooLargeException,
  ResourceNotFoundException,
  ThrottlingException,
  UpdateThingShadowCommand,
  type IoTDataPlaneClient,
} from "@aws-sdk/client-iot-data-plane";
import { DomainError } from "@sightline/contracts/errors";
import type { Gateway, ShadowDocument } from "@sightline/core/ports/gateway";
import { ShadowPace } from "./pace.ts";

const toBytes = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

const fromBytes = (bytes: Uint8Array | undefined): unknown =>
  JSON.parse(new TextDecoder().decode(bytes));

/** Typed answers pass; everything else means that the gateway is not there. */
async function ask<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (cause) {
    if (cause instanceof ResourceNotFoundException) throw cause;
    if (cause instanceof ConflictException)
      throw new DomainError("sync.conflict", "the shadow has another version", { cause });
    if (cause instanceof RequestEntityTooLargeException)
      throw new DomainError("shadow.too-large", "the shadow would pass 8 KB", { cause });
    throw new DomainError("gateway.unavailable", "the device gateway does not answer", { cause });
  }
}

async function unlessMissing<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await ask(call);
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
}

/** Asked again so often beyond the SDK's own attempts; the box asks for its shadows too, and the rate is the thing's. */
const throttledTries = 6;

async function paced<T>(pace: ShadowPace, thing: string, send: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await pace.run(thing, send);
    } catch (error) {
      if (!(error instanceof ThrottlingException) || tries >= throttledTries) throw error;
      pace.exhausted(thing);
    }
  }
}

export function createGateway(client: IoTDataPlaneClient, pace = new ShadowPace()): Gateway {
  const askShadow = <T>(thing: string, send: () => Promise<T>): Promise<T | undefined> =>
    unlessMissing(paced(pace, thing, send));
  return {
    async publish(topic, payload) {
      await ask(client.send(new PublishCommand({ topic, qos: 1, payload: toBytes(payload) })));
    },

    async getShadow(thingName, shadowName) {
      const answer = await askShadow(thingName, () =>
        client.send(new GetThingShadowCommand({ thingName, shadowName })),
      );
      return answer && (fromBytes(answer.payload) as ShadowDocument);
    },

    async updateShadow(thingName, shadowName, { desired, version }) {
      // A shadow that does not exist has no version to name.
      const payload = toBytes({ state: { desired }, ...(version > 0 && { version }) });
      const command = new UpdateThingShadowCommand({ thingName, shadowName, payload });
      if (!(await askShadow(thingName, () => client.send(command))))
        throw new DomainError("device.not-enrolled", `there is no thing ${thingName}`);
    },

    async deleteShadow(thingName, shadowName) {
      const command = new DeleteThingShadowCommand({ thingName, shadowName });
      await askShadow(thingName, () => client.send(command));
    },

    async listShadows(thingName) {
      const names: string[] = [];
      let nextToken: string | undefined;
      do {
        const command = new ListNamedShadowsForThingCommand({
          thingName,
          nextToken,
          pageSize: 100,
        });
        const answer = await unlessMissing(client.send(command));
        names.push(...(answer?.results ?? []));
        nextToken = answer?.nextToken;
      } while (nextToken !== undefined);
      return names;
    },
  };
}
