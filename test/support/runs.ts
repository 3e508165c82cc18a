/** How long property tests look. A failure prints its seed and the path to the smallest case. */

const factor = Number(process.env["SIGHTLINE_INPUT_RUNS"] ?? 1);

/** So many runs, times `SIGHTLINE_INPUT_RUNS`; `SIGHTLINE_INPUT_SEED` repeats a run that failed. */
export function runs(numRuns: number): { readonly numRuns: number; readonly seed?: number } {
  const seed = process.env["SIGHTLINE_INPUT_SEED"];
  return { numRuns: numRuns * factor, ...(seed !== undefined && { seed: Number(seed) }) };
}

/** Of a test, in ms. */
export const runsTimeoutMs = 30_000 * factor;
