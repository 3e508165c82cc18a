/** Waits until `look` gives something; when it does not, says what was waited for. */
export async function waitFor<Seen>(
  look: () => Seen | undefined | false | Promise<Seen | undefined | false>,
  {
    timeoutMs = 10_000,
    what = "the condition",
  }: { timeoutMs?: number; what?: string | (() => string) } = {},
): Promise<Seen> {
  const until = Date.now() + timeoutMs;
  for (;;) {
    const seen = await look();
    if (seen !== undefined && seen !== false) return seen;
    if (Date.now() > until)
      throw new Error(
        `${typeof what === "string" ? what : what()} did not come in ${timeoutMs} ms`,
      );
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
