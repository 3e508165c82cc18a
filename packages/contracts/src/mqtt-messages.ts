/** Every message of a box's MQTT connection: on which topic, whose it is, its form, an example. The AsyncAPI document is made of it. */
import * as z from "zod";
import { CertificateAnswer, CertificateMessage } from "./certificate.ts";
import { CommandAck, CommandMessage, commandKinds, commandTable } from "./commands.ts";
import { DeviceReport, HealthReport, Hello } from "./device-report.ts";
import * as example from "./mqtt-examples.ts";
import { DeviceDesired, StreamDesired } from "./desired-state.ts";
import { deviceShadow, streamShadow } from "./shadow.ts";
import { StreamReport } from "./stream-report.ts";
import { shadowTopics, topics, type TopicFamily, type topicLeaves } from "./topics.ts";

export interface MqttMessage {
  readonly summary: string;
  readonly payload: z.ZodType;
  readonly examples: readonly unknown[];
}

export interface MqttChannel {
  readonly address: string;
  /** Seen from the box. */
  readonly action: "send" | "receive";
  readonly summary: string;
  readonly qos: 0 | 1;
  readonly messages: Readonly<Record<string, MqttMessage>>;
  /** Name of the channel that the answer comes on. */
  readonly answeredOn?: string;
}

/** A misspelt leaf does not compile. */
const own = <F extends TopicFamily>(
  family: F,
  leaf: (typeof topicLeaves)[F][number] | "{commandId}",
): Pick<MqttChannel, "address" | "action" | "qos"> => ({
  address: topics.template(family, leaf),
  action: family === "cmd" ? "receive" : "send",
  qos: 1,
});

const commandMessages = Object.fromEntries(
  commandKinds.map((kind) => [
    kind,
    {
      summary: `Carry out ${kind}, once.`,
      payload: CommandMessage.extend({ kind: z.literal(kind), args: commandTable[kind].args }),
      examples: [
        {
          v: 1,
          id: example.commandId,
          kind,
          args: example.argsOf[kind],
          afterRevision: 4,
          issuedAtMs: example.atMs,
          expiresAtMs: example.atMs + commandTable[kind].ttlMs,
          ttlMs: commandTable[kind].ttlMs,
          requestId: "evt_01k9x3v4m5n6p7q8r9s0t1v2w5",
        },
      ],
    },
  ]),
);

const ack = { v: 1, id: example.commandId, atMs: example.atMs + 40 } as const;

const ackMessages: Readonly<Record<string, MqttMessage>> = {
  ack: {
    summary: "The box has taken the command, or refuses it, or could not carry it out.",
    payload: CommandAck.omit({ result: true }).extend({
      state: CommandAck.shape.state.exclude(["succeeded"]),
    }),
    examples: [
      { ...ack, state: "acknowledged" },
      { ...ack, state: "failed", code: "stream.no-frame", text: "no frame yet" },
      { ...ack, state: "rejected", code: "command.expired", text: "it came too late" },
    ],
  },
  ...Object.fromEntries(
    commandKinds.map((kind) => [
      `${kind}.succeeded`,
      {
        summary: `${kind} is carried out.`,
        payload: CommandAck.omit({ code: true, text: true }).extend({
          state: z.literal("succeeded"),
          result: commandTable[kind].result,
        }),
        examples: [{ ...ack, state: "succeeded", result: example.resultOf[kind] }],
      },
    ]),
  ),
};

const Token = z.object({
  /** Comes back in the answer. */
  clientToken: z.string().optional(),
});
const Answer = Token.extend({
  version: z.number().int(),
  timestamp: z.number().int().describe("Seconds: the clock that a box goes by."),
});
const answer = { version: 12, timestamp: Math.floor(example.atMs / 1000), clientToken: "x7Yw" };
const Anything = z.record(z.string(), z.unknown());

interface Shadow {
  readonly name: string;
  readonly desired: z.ZodType;
  readonly reported: z.ZodType;
  /** As an update says it: null for a key that goes. */
  readonly update: z.ZodType;
  readonly examples: {
    readonly desired: object;
    readonly reported: object;
    readonly update: object;
    readonly delta: object;
  };
}

/** [AWS IoT Core developer guide, "Device Shadow MQTT topics", "Device Shadow service documents"] */
function shadowChannels(id: string, shadow: Shadow): Readonly<Record<string, MqttChannel>> {
  const { examples } = shadow;
  const channel = (
    leaf: string,
    message: MqttMessage,
    answeredOn?: string,
  ): Readonly<Record<string, MqttChannel>> => {
    const key = `${id}.${leaf.replace("/", ".")}`;
    return {
      [key]: {
        address: `${shadowTopics.stem("{thing}", shadow.name)}/${leaf}`,
        action: leaf.includes("/") ? "receive" : "send",
        summary: message.summary,
        qos: leaf.includes("/") ? 0 : 1,
        messages: { [key]: message },
        ...(answeredOn !== undefined && { answeredOn: `${id}.${answeredOn}` }),
      },
    };
  };
  const rejected: MqttMessage = {
    summary: "Refused. 404: there is none. 409: another version. 413: over 8 KB. 429: too often.",
    payload: Token.extend({ code: z.number().int(), message: z.string() }),
    examples: [{ code: 404, message: `No shadow exists with name: '${shadow.name}'` }],
  };
  return {
    ...channel(
      "get",
      { summary: "Asks for the shadow.", payload: Token, examples: [{ clientToken: "x7Yw" }] },
      "get.accepted",
    ),
    ...channel("get/accepted", {
      summary: "The whole shadow.",
      payload: Answer.extend({
        state: z.object({
          desired: shadow.desired.optional(),
          reported: shadow.reported.optional(),
        }),
      }),
      examples: [
        { ...answer, state: { desired: examples.desired, reported: examples.reported } },
        { ...answer, state: { desired: examples.desired } },
      ],
    }),
    ...channel("get/rejected", rejected),
    ...channel(
      "update",
      {
        summary: "What the box reports; null takes a key away.",
        payload: Token.extend({ state: z.object({ reported: shadow.update }) }),
        examples: [{ state: { reported: examples.update }, clientToken: "x7Yw" }],
      },
      "update.accepted",
    ),
    ...channel("update/accepted", {
      summary: "What was written. Of the desired half it is a doorbell: the box gets the shadow.",
      payload: Answer.extend({
        state: z.object({ desired: Anything.optional(), reported: Anything.optional() }),
      }),
      examples: [{ ...answer, state: { reported: examples.update } }],
    }),
    ...channel("update/rejected", rejected),
    ...channel("update/delta", {
      summary: "What differs now. A doorbell: the box gets the shadow.",
      payload: Answer.extend({ state: Anything }),
      examples: [{ ...answer, state: examples.delta }],
    }),
  };
}

export const mqttChannels: Readonly<Record<string, MqttChannel>> = {
  commands: {
    ...own("cmd", "{commandId}"),
    summary: "One-shot actions. At least once; the box carries each id out at most once.",
    messages: commandMessages,
    answeredOn: "acks",
  },
  acks: {
    ...own("ack", "{commandId}"),
    summary: "What becomes of a command: once acknowledged, once the end.",
    messages: ackMessages,
  },
  health: {
    ...own("health", "report"),
    summary: "Once a minute, every 5 s while somebody watches.",
    messages: {
      health: { summary: "How the box is.", payload: HealthReport, examples: [example.health] },
    },
  },
  hello: {
    ...own("evt", "hello"),
    summary: "After every connect. The cloud answers with a sync and the pending commands.",
    messages: {
      hello: { summary: "Who the box is.", payload: Hello, examples: [example.hello] },
    },
  },
  "certificate.request": {
    ...own("evt", "certificate"),
    summary: "The certificate of this connection is in use; with a CSR: sign the next one.",
    messages: {
      "certificate.request": {
        summary: "Renews a certificate at two thirds of its life.",
        payload: CertificateMessage,
        examples: example.certificateMessages,
      },
    },
    answeredOn: "certificate.answer",
  },
  "certificate.answer": {
    ...own("cmd", "certificate"),
    summary: "The next certificate. Only the box has its key.",
    messages: {
      "certificate.answer": {
        summary: "Answers one CSR, the same for the same one.",
        payload: CertificateAnswer,
        examples: [example.certificateAnswer],
      },
    },
  },
  ...shadowChannels("shadow.device", {
    name: deviceShadow,
    desired: DeviceDesired,
    reported: DeviceReport,
    update: DeviceReport.extend({ manifest: z.record(z.string(), z.number().int().nullable()) }),
    examples: {
      desired: example.deviceDesired,
      reported: example.deviceReport,
      update: example.deviceReported,
      delta: { manifest: example.deviceDesired.manifest },
    },
  }),
  ...shadowChannels("shadow.stream", {
    name: streamShadow("{stream}"),
    desired: StreamDesired,
    reported: StreamReport,
    update: StreamReport,
    examples: {
      desired: example.streamDesired,
      reported: example.streamReport,
      update: example.streamReport,
      delta: { revision: 5, enabled: false },
    },
  }),
};
