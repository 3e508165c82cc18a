/** Cuts a stream of text into lines. */
export class Lines {
  readonly #take: (line: string) => void;
  #rest = "";

  constructor(take: (line: string) => void) {
    this.#take = take;
  }

  push(text: string): void {
    const lines = (this.#rest + text).split("\n");
    // A line without an end must not fill the memory.
    this.#rest = (lines.pop() ?? "").slice(0, lineCharactersMax);
    for (const line of lines) if (line.trim() !== "") this.#take(line);
  }
}

const lineCharactersMax = 64 * 1024;
