/**
 * From what should be to what has to be done. Pure and level-triggered: what cannot be done yet is left out and comes with the next
 * plan, so order and repetition do not matter.
 */
import { effectiveSettings, settingKeys, settingOf } from "@sightline/contracts/settings";
import type { EffectiveSettings, Setting } from "@sightline/contracts/settings";

/** What a stream of the manifest should be. */
export interface Target {
  readonly stream: string;
  readonly localName: string;
  /** As the pipeline gets it: with userinfo, and with the scheme that chooses the transport. */
  readonly url: string;
  readonly settings: EffectiveSettings;
  /** False when disabled, quarantined, or its credentials do not open. */
  readonly runs: boolean;
  /** Wait with adding: it is suspected of ending the pipeline, and its turn has not come. */
  readonly waits?: boolean;
}

/** What was put into the pipeline for a stream. */
export interface Holding {
  readonly localName: string;
  readonly url: string;
  /** As the pipeline shows them; undefined while it has not. */
  readonly settings: EffectiveSettings | undefined;
}

export interface Observed {
  readonly holdings: ReadonlyMap<string, Holding>;
  /** camera_ids in the pipeline that no holding accounts for. */
  readonly unmanaged: ReadonlySet<string>;
}

export type Step =
  | {
      readonly kind: "add";
      readonly stream: string;
      readonly localName: string;
      readonly url: string;
    }
  | {
      readonly kind: "remove";
      readonly stream: string;
      readonly localName: string;
      readonly url: string;
    }
  | ({
      readonly kind: "set";
      readonly stream: string;
      readonly localName: string;
    } & Setting)
  /** The local name is taken by a stream that the cloud did not place. */
  | { readonly kind: "refuse"; readonly stream: string; readonly localName: string };

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
  const stays = holding && target.runs && sameSource(target, holding);
  if (stays) return holding.settings ? changes(target, holding.settings) : [];
  const steps: Step[] = holding ? [removal(stream, holding)] : [];
  if (!target.runs || target.waits) return steps;
  if (observed.unmanaged.has(localName)) return [...steps, { kind: "refuse", stream, localName }];
  if (heldByAnother(target, observed)) return steps;
  return [
    ...steps,
    { kind: "add", stream, localName, url: target.url },
    ...changes(target, defaultSettings),
  ];
}

/** True when the pipeline is as the target wants it. */
export function isSatisfied(target: Target, { holdings }: Observed): boolean {
  const holding = holdings.get(target.stream);
  if (!target.runs) return !holding;
  if (!holding?.settings || !sameSource(target, holding)) return false;
  return changes(target, holding.settings).length === 0;
}

const defaultSettings = effectiveSettings({});

const removal = (stream: string, { localName, url }: Holding): Step => ({
  kind: "remove",
  stream,
  localName,
  url,
});

const sameSource = (target: Target, holding: Holding): boolean =>
  target.localName === holding.localName && target.url === holding.url;

/** Two streams that swap names: the second waits until the first has let go. */
const heldByAnother = (target: Target, { holdings }: Observed): boolean =>
  [...holdings].some(
    ([stream, { localName }]) => stream !== target.stream && localName === target.localName,
  );

const changes = ({ stream, localName, settings }: Target, applied: EffectiveSettings): Step[] =>
  settingKeys
    .filter((key) => settings[key] !== applied[key])
    .map((key): Step => ({ kind: "set", stream, localName, ...settingOf(settings, key) }));

/** A step as people read it: `add str_1`, `set str_1 decoder.dropFrameInterval=5`. */
export const stepText = (step: Step): string =>
  step.kind === "set"
    ? `set ${step.stream} ${step.key}=${step.value}`
    : `${step.kind} ${step.stream}`;
