/** One line of the table: what was measured, beside what, and the budget it has. */

export interface Figure {
  readonly what: string;
  /** As it is read in the table, with its unit. */
  readonly measured: string;
  /** The same work without us, measured in the same run. */
  readonly beside: string;
  readonly ratio: string;
  readonly budget: string;
  readonly met: boolean | undefined;
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);

/** @param at from 0 to 1 */
export function quantile(values: readonly number[], at: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * at))] ?? Number.NaN;
}

export const ms = (value: number): string => `${value.toFixed(value < 10 ? 1 : 0)} ms`;
export const times = (value: number): string => `${value.toFixed(2)}×`;

export function markdown(figures: readonly Figure[]): string {
  const rows = figures.map(({ what, measured, beside, ratio, budget, met }) => {
    const verdict = met === undefined ? "" : met ? " ✓" : " **missed**";
    return `| ${[what, measured, beside, ratio, `${budget}${verdict}`].join(" | ")} |`;
  });
  return ["| what | measured | beside | ratio | budget |", "|---|---|---|---|---|", ...rows].join(
    "\n",
  );
}
