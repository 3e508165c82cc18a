/** What is looked at before aedes takes a packet: limits that a packet shows only as a whole, and topics. */
import type { EventEmitter } from "node:events";
import { Refusal } from "./connection.ts";
import { type LimitName, limits } from "./limits.ts";
import { parseShadowRequest } from "./shadow-topic.ts";
import { topicFault, topicLimit } from "./topic.ts";

export interface InboundPacket {
  readonly cmd: string;
  readonly qos?: number;
  /** -1 where the packet ended before it. */
  readonly messageId?: number;
  readonly subscriptions?: readonly { readonly qos: number }[];
  readonly unsubscriptions?: readonly string[];
}

/** What we use of mqtt-packet's parser. */
export interface PacketParser extends EventEmitter {
  parse(bytes: Buffer): number;
  /** The one being read; its length is -1 until it is known. */
  readonly packet: { readonly length: number };
}

/** Nothing that AWS takes is nearly as long: the payload has its limit, and everything beside it is short. */
const packetBytesMax = 2 * limits.payload.value;

/** Calls `refuse` for a packet that announces more than may ever come: it would be held in memory until it was whole. */
export function screenLengths(parser: PacketParser, refuse: (refusal: Refusal) => void): void {
  const parse = parser.parse.bind(parser);
  parser.parse = (bytes) => {
    const left = parse(bytes);
    if (parser.packet.length > packetBytesMax)
      refuse(new Refusal("CLIENT_ERROR", "announced too long a packet", { limit: "payload" }));
    return left;
  };
}

/** Puts `look` before aedes' own listener; a packet for which it says false is as if it had never come. */
export function screenPackets(
  parser: EventEmitter,
  look: (packet: InboundPacket) => boolean,
): void {
  const [take] = parser.listeners("packet");
  if (!take) throw new Error("aedes does not listen to its parser");
  parser.removeAllListeners("packet");
  parser.on("packet", (packet: InboundPacket) => {
    if (look(packet)) take.call(parser, packet);
  });
}

/** Acknowledgements, which are nothing but the id of a packet. */
const numbered: ReadonlySet<string> = new Set(["puback", "pubrec", "pubrel", "pubcomp"]);

/** Why this packet ends its connection, or undefined. */
export function packetRefusal(packet: InboundPacket): Refusal | undefined {
  const max = limits.filtersPerSubscribe.value;
  if (packet.cmd === "publish" && (packet.qos ?? 0) > limits.qos.value)
    return new Refusal("CLIENT_ERROR", "published with QoS 2", { limit: "qos" });
  // [MQTT-2.3.1-1]
  if (numbered.has(packet.cmd) && !((packet.messageId ?? 0) > 0))
    return new Refusal("CLIENT_ERROR", `sent a ${packet.cmd} without an id`);
  // [MQTT-3.10.3-2]
  if (packet.cmd === "unsubscribe" && !packet.unsubscriptions?.length)
    return new Refusal("CLIENT_ERROR", "sent an UNSUBSCRIBE without filters");
  if (packet.cmd !== "subscribe") return undefined;
  if ((packet.subscriptions?.length ?? 0) > max)
    return new Refusal("CLIENT_ERROR", `more than ${max} filters in one SUBSCRIBE`, {
      limit: "filtersPerSubscribe",
    });
  if (packet.subscriptions?.some(({ qos }) => qos > limits.qos.value))
    return new Refusal("CLIENT_ERROR", "subscribed with QoS 2", { limit: "qos" });
  return undefined;
}

interface Published {
  readonly topic: string;
  readonly qos: number;
  readonly payload?: Buffer;
}

/** Why a client may not publish this, or undefined. Shadow requests are the reserved topics that it may. */
export function publishRefusal({ topic, qos, payload }: Published): Refusal | undefined {
  const refusal = (text: string, limit?: LimitName): Refusal =>
    new Refusal("CLIENT_ERROR", `${text} (${topic})`, limit === undefined ? {} : { limit });
  if (qos > limits.qos.value) return refusal("QoS 2 is not offered", "qos");
  // [AWS IoT Core Developer Guide, "Reserved topics"]
  if (topic.startsWith("$") && !parseShadowRequest(topic)) return refusal("the topic is reserved");
  const fault = topicFault(topic);
  if (fault !== undefined) return refusal(fault, topicLimit(topic));
  if (payload && payload.length > limits.payload.value)
    return refusal("the payload is too large", "payload");
  return undefined;
}
