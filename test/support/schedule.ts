/**
 * Interleavings of concurrent processes, one by one. Each process calls ports through `step`; the scheduler lets one call happen at a
 * time and asks which process comes next, so that the order of all calls is chosen by the test and can be repeated.
 *
 * Two orders that differ only in neighbouring calls that cannot notice each other (both read, or they are about different things) are
 * the same; only one of them is run.
 */

/** What a call is about (`*`: everything), and whether it changes it. */
export interface Touch {
  readonly thing: string;
  readonly writes: boolean;
}

export type Step = <T>(touch: Touch, call: () => Promise<T>) => Promise<T>;
export type Process = (step: Step) => Promise<void>;

export interface Run {
  readonly processes: readonly Process[];
  /** Looks at the outcome; `order` says who came when. */
  readonly check: (order: string) => Promise<void>;
}

interface Pending {
  readonly touch: Touch;
  readonly proceed: () => Promise<void>;
}

class Running {
  readonly pending: Pending[] = [];
  done = false;
  failure: unknown;

  constructor(process: Process) {
    const step: Step = (touch, call) =>
      new Promise((resolve, reject) => {
        this.pending.push({
          touch,
          proceed: async () => {
            await call().then(resolve, reject);
          },
        });
      });
    process(step)
      .catch((error: unknown) => {
        this.failure = error;
      })
      .finally(() => {
        this.done = true;
      });
  }
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const independent = (a: Touch, b: Touch): boolean => {
  const isSame = a.thing === b.thing || a.thing === "*" || b.thing === "*";
  return !isSame || (!a.writes && !b.writes);
};

interface Choice {
  readonly process: number;
  /** Processes that could have come instead and are yet to be tried. */
  readonly others: readonly number[];
}

export interface Bounds {
  /** Times that a process is interrupted by another. */
  readonly interruptionsMax: number;
  /** The processes do the same: it does not matter which begins. */
  readonly isSymmetric?: boolean;
}

/**
 * Runs every order of the processes within the bounds, each on a fresh start.
 * @returns how many were run
 */
export async function everyOrder(start: () => Promise<Run>, bounds: Bounds): Promise<number> {
  let prefix: readonly number[] | undefined = [];
  let runs = 0;
  while (prefix) {
    const { processes, check } = await start();
    const choices = await runOrder(processes, prefix, bounds);
    runs += 1;
    await check(choices.map(({ process }) => "AB"[process]).join(""));
    prefix = nextPrefix(choices);
  }
  return runs;
}

function nextPrefix(choices: readonly Choice[]): readonly number[] | undefined {
  for (let at = choices.length - 1; at >= 0; at -= 1) {
    const [other] = choices[at]?.others ?? [];
    if (other !== undefined) return [...choices.slice(0, at).map(({ process }) => process), other];
  }
  return undefined;
}

async function runOrder(
  processes: readonly Process[],
  prefix: readonly number[],
  bounds: Bounds,
): Promise<readonly Choice[]> {
  const running = processes.map((process) => new Running(process));
  const choices: Choice[] = [];
  let last: { readonly process: number; readonly touch: Touch } | undefined;
  let interruptions = 0;
  await settled();
  for (;;) {
    const ready = running.flatMap(({ pending }, process) => (pending.length > 0 ? [process] : []));
    if (ready.length === 0) break;
    const touchOf = (process: number): Touch => running[process]!.pending[0]!.touch;
    const mayInterrupt = interruptions < bounds.interruptionsMax;
    const allowed = ready.filter((process) => {
      if (!last || process === last.process) return true;
      if (ready.includes(last.process) && !mayInterrupt) return false;
      // The other way round was, or will be, run.
      return process > last.process || !independent(touchOf(process), last.touch);
    });
    const options = allowed.length > 0 ? allowed : ready;
    const planned = prefix[choices.length];
    const process = planned ?? options[0]!;
    const isSettled = bounds.isSymmetric === true && choices.length === 0;
    const others = isSettled ? [] : options.filter((option) => option > process);
    choices.push({ process, others });
    if (last && process !== last.process && ready.includes(last.process)) interruptions += 1;
    last = { process, touch: touchOf(process) };
    await running[process]!.pending.shift()!.proceed();
    await settled();
  }
  for (const { done, failure } of running) {
    if (!done) throw new Error("a process waits for something that is no step");
    if (failure) throw failure;
  }
  return choices;
}
