/**
 * From what should be to what has to be done. Pure and level-triggered: what cannot be done yet is left out and comes with the next
 * plan, so order and repetition do not matter.
 */
import {
  effectiveSettings,
  sameSetting,
  settingOf,
  streamSettingKeys,
} from "@sightline/contracts/settings";
import type {
  EffectiveSettings,
  Setting,
  SettingKey,
  SettingScope,
} from "@sightline/contracts/settings";
import type { SomeSettings } from "./pipeline/applied.ts";
import { sameSource, withoutUserinfo } from "./pipeline/source-url.ts";

/** What a stream of the manifest should be. */
export interface Target {
  readonly stream: string;
  readonly localName: string;
  /** As the pipeline gets it: with userinfo, and with the scheme that chooses the transport. */
  readonly url: string;
  readonly revision: number;
  readonly settings: EffectiveSettings;
  /** Those that somebody has set, for the stream or for the device. */
  readonly explicit: ReadonlySet<SettingKey>;
  /** False when disabled, quarantined, or its credentials do not open. */
  readonly runs: boolean;
  /** Wait with adding: it is suspected of ending the pipeline, and its turn has not come. */
  readonly waits?: boolean;
}

/** What was once carried out completely. */
export interface Settled {
  readonly revision: number;
  readonly settings: EffectiveSettings;
}

/** What was put into the pipeline for a stream. */
export interface Holding {
  readonly localName: string;
  /** The very one that was added. */
  readonly url: string;
  /** The target's, which it stands for. */
  readonly source: string;
  /** As the pipeline shows them, else as they were sent; undefined while it has not shown the stream. */
  readonly settings: SomeSettings | undefined;
  readonly settled?: Settled | undefined;
}

/** A stream that somebody else has put in. */
export interface Unmanaged {
  /** Without userinfo; empty where the pipeline does not tell. */
  readonly url: string;
  readonly hasCredentials: boolean;
}

export interface Observed {
  readonly holdings: ReadonlyMap<string, Holding>;
  /** By camera_id: what no holding accounts for. */
  readonly unmanaged: ReadonlyMap<string, Unmanaged>;
  /** What the pipeline can be told, for one stream or only for all. */
  readonly controls: Readonly<Partial<Record<SettingKey, SettingScope>>>;
}

interface OfStream {
  readonly stream: string;
  readonly localName: string;
}

/** A camera that is taken over as it is. */
export interface Adopted {
  readonly localName: string;
  readonly url: string;
  readonly source: string;
}

export type Step =
  | (OfStream & { readonly kind: "add"; readonly url: string })
  | (OfStream & { readonly kind: "remove"; readonly url: string })
  | (OfStream & { readonly kind: "set" } & Setting)
  | (OfStream & Adopted & { readonly kind: "adopt" })
  /** Takes out what somebody else has put in under this name. */
  | (OfStream & { readonly kind: "evict" })
  /** The local name is taken by a stream that the cloud did not place. */
  | (OfStream & { readonly kind: "refuse" });

/** Sets what all streams have in common; its worker is the device's. */
export type SharedStep = { readonly kind: "share" } & Setting;

export function plan(targets: readonly Target[], observed: Observed): Step[] {
  const wanted = new Map(targets.map((target) => [target.stream, target]));
  const orphans = [...observed.holdings]
    .filter(([stream]) => !wanted.has(stream))
    .map(([stream, holding]): Step => removal(stream, holding));
  return [...orphans, ...targets.flatMap((target) => planStream(target, observed))];
}

function planStream(target: Target, observed: Observed): Step[] {
  const { stream, localName } = target;
  const holding = observed.holdings.get(stream);
  const { controls } = observed;
  if (holding && target.runs && standsFor(holding, target))
    return holding.settings ? changes(target, { ...holding, controls }) : [];
  const steps: Step[] = holding ? [removal(stream, holding)] : [];
  if (!target.runs || target.waits) return steps;
  const stranger = observed.unmanaged.get(localName);
  const meeting = stranger && meet(target, stranger);
  if (meeting && meeting.kind !== "evict") return [...steps, meeting];
  if (heldByAnother(target, observed)) return steps;
  return [
    ...steps,
    ...(meeting ? [meeting] : []),
    { kind: "add", stream, localName, url: target.url },
    ...changes(target, { settings: defaultSettings, controls }),
  ];
}

/** One that shows the same with the same means goes on; one that has credentials, which nobody tells, gives way to one that has them, too. */
function meet({ stream, localName, url }: Target, stranger: Unmanaged): Step {
  const place = withoutUserinfo(url);
  const hasCredentials = place !== url;
  if (stranger.hasCredentials !== hasCredentials || !sameSource(place, stranger.url))
    return { kind: "refuse", stream, localName };
  return hasCredentials
    ? { kind: "evict", stream, localName }
    : { kind: "adopt", stream, localName, url: stranger.url, source: url };
}

/** True when the pipeline is as the target wants it. */
export function isSatisfied(target: Target, { holdings, controls }: Observed): boolean {
  const holding = holdings.get(target.stream);
  if (!target.runs) return !holding;
  if (!holding?.settings || !standsFor(holding, target)) return false;
  return changes(target, { ...holding, controls }).length === 0;
}

/** What somebody has changed on the box since the revision was carried out, with what it was set to. */
export function driftOf(
  target: Target,
  holding: Holding,
  controls: Observed["controls"],
): SomeSettings {
  if (!holding.settings) return {};
  const known = { ...holding, controls };
  return Object.fromEntries(
    differing(target, known)
      .filter((key) => isSettled(target, known, key))
      .map((key) => [key, target.settings[key]]),
  );
}

const defaultSettings = effectiveSettings({});

const removal = (stream: string, { localName, url }: Holding): Step => ({
  kind: "remove",
  stream,
  localName,
  url,
});

const standsFor = (holding: Holding, target: Target): boolean =>
  target.localName === holding.localName && target.url === holding.source;

/** Two streams that swap names: the second waits until the first has let go. */
const heldByAnother = (target: Target, { holdings }: Observed): boolean =>
  [...holdings].some(
    ([stream, { localName }]) => stream !== target.stream && localName === target.localName,
  );

interface Known extends Pick<Holding, "settings" | "settled"> {
  readonly controls: Observed["controls"];
}

const changes = (target: Target, known: Known): Step[] =>
  differing(target, known)
    .filter((key) => !isSettled(target, known, key))
    .map((key): Step => {
      const { stream, localName, settings } = target;
      return { kind: "set", stream, localName, ...settingOf(settings, key) };
    });

/** Keys that are not as wanted. What the pipeline does not tell is set only when somebody asked for it. */
const differing = ({ settings: wanted, explicit }: Target, known: Known): SettingKey[] => {
  const applied = known.settings ?? {};
  const isMpeg4 = [wanted["encoder.codec"], applied["encoder.codec"]].includes("mpeg4");
  return streamSettingKeys.filter((key) => {
    if (known.controls[key] !== "stream") return false;
    // MPEG-4 is of constant quality: there is no bitrate to be set.
    if (key === "encoder.bitrate" && isMpeg4) return false;
    if (applied[key] === undefined) return explicit.has(key);
    return !sameSetting(applied[key], wanted[key]);
  });
};

const isSettled = ({ revision, settings }: Target, { settled }: Known, key: SettingKey): boolean =>
  settled?.revision === revision && sameSetting(settled.settings[key], settings[key]);

/** A step as people read it: `add str_1`, `set str_1 decoder.dropFrameInterval=5`, `share mux.maxLatencyNs=0`. */
export const stepText = (step: Step | SharedStep): string => {
  if (step.kind === "share") return `share ${settingText(step)}`;
  return step.kind === "set"
    ? `set ${step.stream} ${settingText(step)}`
    : `${step.kind} ${step.stream}`;
};

const settingText = ({ key, value }: Setting): string =>
  `${key}=${typeof value === "object" ? JSON.stringify(value) : value}`;
