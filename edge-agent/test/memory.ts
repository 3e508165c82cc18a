/** The journal's part that a driver needs, in memory. */
export class Memory {
  readonly values = new Map<string, unknown>();
  get(key: string): unknown {
    return this.values.get(key);
  }
  entries(start: string): [string, unknown][] {
    return [...this.values]
      .filter(([key]) => key.startsWith(start))
      .map(([key, value]) => [key.slice(start.length), value]);
  }
  async write(records: readonly { key: string; value: unknown }[]): Promise<void> {
    for (const { key, value } of records) {
      if (value === undefined) this.values.delete(key);
      else this.values.set(key, value);
    }
  }
}
