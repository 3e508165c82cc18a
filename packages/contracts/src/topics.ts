/**
 * Every MQTT topic, spelled here and nowhere else.
 *
 * Always five segments, never a leading slash: `{family}/{app}/{stage}/{thing}/{leaf}`. Family first separates commands
 * from reports in policies; the thing at a fixed place fits `${iot:Connection.Thing.ThingName}`.
 */
import type { Installation } from "./ids.ts";

/** `cmd` goes down to the device; the others come up from it. */
export const topicFamilies = ["cmd", "ack", "health", "evt"] as const;
export type TopicFamily = (typeof topicFamilies)[number];

/** Leaves that are names. The others are command ids, and shadows have topics of their own. */
export const topicLeaves = {
  cmd: ["certificate"],
  ack: [],
  health: ["report"],
  evt: ["hello", "certificate"],
} as const satisfies Record<TopicFamily, readonly string[]>;

export interface Topic {
  readonly family: TopicFamily;
  readonly app: string;
  readonly stage: string;
  readonly thing: string;
  /** cmd, ack: a command id, or `certificate` down · health: `report` · evt: an event kind. */
  readonly leaf: string;
}

const segment = /^[a-z0-9_-]+$/;

export const topics = {
  /** @throws TypeError when a segment is not `[a-z0-9_-]+` (a programmer's mistake: ids are checked at the edge). */
  build({ family, app, stage, thing, leaf }: Topic): string {
    for (const part of [app, stage, thing, leaf])
      if (!segment.test(part)) throw new TypeError(`not a topic segment: ${part}`);
    return `${family}/${app}/${stage}/${thing}/${leaf}`;
  },

  parse(topic: string): Topic | undefined {
    const [family, app, stage, thing, leaf, ...rest] = topic.split("/");
    if (!family || !app || !stage || !thing || !leaf || rest.length > 0) return undefined;
    if (!(topicFamilies as readonly string[]).includes(family)) return undefined;
    return { family: family as TopicFamily, app, stage, thing, leaf };
  },

  /** The topic of any thing, as documents write it: `leaf` is a name, or a parameter in braces. */
  template: (family: TopicFamily, leaf: string): string =>
    `${family}/{app}/{stage}/{thing}/${leaf}`,

  /** Filter for a family: of one thing, or (for rules) of every thing of the stage. Single-level wildcards only. */
  filter(family: TopicFamily, { app, stage }: Installation, thing = "+"): string {
    return `${family}/${app}/${stage}/${thing}/+`;
  },
};

/** Shadow topics. [AWS IoT Core developer guide, "Device Shadow MQTT topics"] */
export const shadowTopics = {
  /** `$aws/things/{thing}/shadow/name/{shadow}` */
  stem: (thing: string, shadow: string): string => `$aws/things/${thing}/shadow/name/${shadow}`,
  parse(topic: string): { thing: string; shadow: string; leaf: string } | undefined {
    const match = /^\$aws\/things\/([^/]+)\/shadow\/name\/([^/]+)\/(.+)$/.exec(topic);
    const [, thing, shadow, leaf] = match ?? [];
    return thing && shadow && leaf ? { thing, shadow, leaf } : undefined;
  },
};

/** Presence events. [AWS IoT Core developer guide, "Lifecycle events"] */
export const presenceFilter = (kind: "connected" | "disconnected"): string =>
  `$aws/events/presence/${kind}/+`;
