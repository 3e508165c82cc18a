/** How long property tests look, and from where: the same cases in every run, so that a red test is red again. */

const factor = Number(process.env["SIGHTLINE_INPUT_RUNS"] ?? 1);
const seed = process.env["SIGHTLINE_INPUT_SEED"] ?? "3";

/**
 * So many runs, times `SIGHTLINE_INPUT_RUNS`. `SIGHTLINE_INPUT_SEED` is a number that begins elsewhere, or `random` to explore; a
 * failure prints its seed and the path to the smallest case.
 */
export function runs(numRuns: number): { readonly numRuns: number; readonly seed?: number } {
  return { numRuns: numRuns * factor, ...(seed !== "random" && { seed: Number(seed) }) };
}

/** Of a test, in ms. */
export const runsTimeoutMs = 30_000 * factor;
