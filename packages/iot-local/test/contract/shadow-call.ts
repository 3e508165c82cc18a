/** A shadow update over HTTP, and reading what it answers. */
import { UpdateThingShadowCommand } from "@aws-sdk/client-iot-data-plane";
import type { Fleet } from "../fleet.ts";

export const parse = (payload: Uint8Array | undefined): Record<string, unknown> =>
  JSON.parse(Buffer.from(payload ?? []).toString()) as Record<string, unknown>;

export async function update(
  fleet: Fleet,
  thing: { readonly thingName: string; readonly shadowName?: string },
  body: object,
): Promise<Record<string, unknown>> {
  const { thingName, shadowName = "settings" } = thing;
  const payload = JSON.stringify(body);
  const command = new UpdateThingShadowCommand({ thingName, shadowName, payload });
  const { payload: answer } = await fleet.at.plane.send(command);
  return parse(answer);
}
