/** The AsyncAPI 3.0 document of what a box says and hears on MQTT. Pure; run by `npm run gen`. */
import * as z from "zod";
import { idPrefixes } from "./ids.ts";
import { mqttChannels, type MqttChannel } from "./mqtt-messages.ts";

type Json = Record<string, unknown>;

const parameters: Readonly<Record<string, string>> = {
  app: "`[a-z0-9]+`, as the box learned at its enrolment.",
  stage: "`[a-z0-9]+`, as the box learned at its enrolment.",
  thing: "The box's thing and MQTT client id: `{app}-{stage}-{device id}`.",
  commandId: `Id of a command: \`${idPrefixes.command}_\` and a lower-case ULID.`,
  stream: `Id of a stream: \`${idPrefixes.stream}_\` and a lower-case ULID.`,
};

/** Open, as its readers are: both sides ignore what they do not know. Draft 7 is what AsyncAPI's own schemas are. */
function payloadOf(schema: z.ZodType): Json {
  const { $schema: _, ...json } = z.toJSONSchema(schema, { io: "input", target: "draft-7" });
  return json;
}

const channelOf = ({ address, summary, messages }: MqttChannel): Json => {
  const names = [...address.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => name);
  return {
    address,
    summary,
    messages: Object.fromEntries(
      Object.keys(messages).map((name) => [name, { $ref: `#/components/messages/${name}` }]),
    ),
    parameters: Object.fromEntries(
      names.map((name) => [name, { $ref: `#/components/parameters/${name}` }]),
    ),
  };
};

const operationOf = (name: string, { action, summary, qos, answeredOn }: MqttChannel): Json => ({
  action,
  channel: { $ref: `#/channels/${name}` },
  summary,
  bindings: { mqtt: { qos, retain: false, bindingVersion: "0.2.0" } },
  ...(answeredOn !== undefined && { reply: { channel: { $ref: `#/channels/${answeredOn}` } } }),
});

const mapChannels = (make: (name: string, channel: MqttChannel) => Json): Json =>
  Object.fromEntries(
    Object.entries(mqttChannels).map(([name, channel]) => [name, make(name, channel)]),
  );

const messagesOf = ({ messages }: MqttChannel): readonly (readonly [string, Json])[] =>
  Object.entries(messages).map(([name, { summary, payload, examples }]) => [
    name,
    {
      name,
      summary,
      contentType: "application/json",
      payload: payloadOf(payload),
      examples: examples.map((example) => ({ payload: example })),
    },
  ]);

export function asyncapiDocument(): Json {
  return {
    asyncapi: "3.0.0",
    info: {
      title: "Sightline devices",
      version: "1",
      description:
        "What a box says and hears on MQTT, seen from the box: it sends what is `send`, and receives what is `receive`.",
      license: { name: "Apache-2.0", url: "https://www.apache.org/licenses/LICENSE-2.0" },
    },
    servers: {
      gateway: {
        host: "{host}",
        protocol: "secure-mqtt",
        protocolVersion: "3.1.1",
        description: "AWS IoT Core, or the gateway of one machine.",
        variables: { host: { description: "Host and port that the enrolment's answer names." } },
        security: [{ $ref: "#/components/securitySchemes/certificate" }],
      },
    },
    channels: mapChannels((_, channel) => channelOf(channel)),
    operations: mapChannels(operationOf),
    components: {
      messages: Object.fromEntries(Object.values(mqttChannels).flatMap(messagesOf)),
      parameters: Object.fromEntries(
        Object.entries(parameters).map(([name, description]) => [name, { description }]),
      ),
      securitySchemes: {
        certificate: { type: "X509", description: "The box's own, from its enrolment." },
      },
    },
  };
}
