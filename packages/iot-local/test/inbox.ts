/** Collects what an mqtt.js client receives. */
import type mqtt from "mqtt";
import { waitFor } from "./wait-for.ts";

export interface Received {
  readonly topic: string;
  readonly text: string;
  readonly packet: mqtt.IPublishPacket;
}

export class Inbox {
  readonly messages: Received[] = [];

  constructor(client: mqtt.MqttClient) {
    client.on("message", (topic, payload, packet) =>
      this.messages.push({ topic, text: payload.toString(), packet }),
    );
  }

  /** Takes the first message on this topic out of the inbox, waiting for it if need be. */
  async take(topic: string): Promise<Received> {
    const { at } = await waitFor(
      () => {
        const found = this.messages.findIndex((message) => message.topic === topic);
        return found >= 0 && { at: found };
      },
      { what: () => `a message on ${topic} (seen: ${this.topics().join(", ")})` },
    );
    return this.messages.splice(at, 1)[0]!;
  }

  async json(topic: string): Promise<Record<string, unknown>> {
    return JSON.parse((await this.take(topic)).text) as Record<string, unknown>;
  }

  topics(): string[] {
    return this.messages.map(({ topic }) => topic);
  }
}
