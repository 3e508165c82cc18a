/** Waiting for conditions; never for a while. */

export interface WaitOptions {
  readonly timeoutMs: number;
  readonly pollMs?: number;
}

type Truthy<T> = Exclude<T, false | 0 | "" | null | undefined>;

/**
 * Polls until `look` gives something truthy, and returns it.
 * @throws Error with what `look` gave or threw last
 */
export async function waitFor<T>(
  what: string,
  look: () => Promise<T> | T,
  { timeoutMs, pollMs = 50 }: WaitOptions,
): Promise<Truthy<T>> {
  const endMs = Date.now() + timeoutMs;
  let last: unknown;
  for (;;) {
    try {
      const seen = await look();
      if (seen) return seen as Truthy<T>;
      last = seen;
    } catch (error) {
      last = error;
    }
    if (Date.now() > endMs)
      throw new Error(`${what}: not within ${timeoutMs} ms; last seen: ${describe(last)}`);
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}

const describe = (value: unknown): string =>
  value instanceof Error ? value.message : (JSON.stringify(value)?.slice(0, 2000) ?? "undefined");
