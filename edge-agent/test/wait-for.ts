/** Waits until `look` gives something; when it does not, says what was waited for. */
export async function waitFor<Seen>(
  look: () => Promise<Seen | undefined | false> | Seen | undefined | false,
  what: string | (() => string),
  timeoutMs = 15_000,
): Promise<Seen> {
  const untilMs = performance.now() + timeoutMs;
  for (;;) {
    const seen = await look();
    if (seen !== undefined && seen !== false) return seen;
    if (performance.now() > untilMs)
      throw new Error(
        `${typeof what === "string" ? what : what()} did not come in ${timeoutMs} ms`,
      );
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
