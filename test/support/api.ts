/** Requests of a test, and what came back. */

export interface Call {
  readonly method?: string;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** The admin's when absent; none when empty. */
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // oxlint-disable-next-line typescript/no-explicit-any -- a test says what it expects.
  readonly body: any;
}

export interface Api {
  readonly token: string;
  call(route: string, call?: Call): Promise<Answer>;
  addSite(token?: string): Promise<number>;
  /** Where the clock of the gateway is the test's. */
  letPass?(ms: number): void;
}
