/**
 * Watches a server that somebody else runs, where the supervisor keeps a process of ours: finds out what it is, and when it has been
 * started anew, for then it holds nothing.
 *
 * INVARIANTS
 * - The server is never started, stopped or asked to quit.
 * - It is gone when nothing listens at its port, or when it does not say its version three times in a row. That its cameras are gone
 *   says nothing: they may have failed. One that was started anew between two looks is still the same here; what is missing is added
 *   again all the same, and what its streams share is set again (`device/wish.ts`).
 */
import { BackOff } from "../../back-off.ts";
import { log, reasonOf } from "../../log.ts";
import type { CameraRef } from "../driver.ts";
import type { KeeperHandlers, PipelineKeeper } from "../keeper.ts";
import type { AddedUrls } from "./added-urls.ts";
import { StockDriver } from "./driver.ts";
import { readVersion, recognize, type PipelineProfile } from "./profile.ts";
import { StockServer } from "./server.ts";
import type { SourceRuleOptions } from "./source-rule.ts";

export interface StockWatchOptions {
  readonly url: string;
  readonly profile: PipelineProfile;
  readonly urls: AddedUrls;
  readonly sources: SourceRuleOptions;
}

const probeIntervalMs = 2_000;
const missesMax = 3;

/** One run of the server, as long as it lasts. */
interface Session {
  readonly server: StockServer;
  timer: NodeJS.Timeout | undefined;
  misses: number;
}

export class StockWatch implements PipelineKeeper {
  readonly canStop = false;
  readonly #options: StockWatchOptions;
  readonly #handlers: KeeperHandlers;
  readonly #backOff = new BackOff({ firstMs: 500, maxMs: 5_000 });
  #session: Session | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isWatching = false;
  #runs = 0;
  /** Whoever waits for a server has been told that there is none. */
  #isMissed = false;
  #said = "";

  constructor(options: StockWatchOptions, handlers: KeeperHandlers) {
    this.#options = options;
    this.#handlers = handlers;
  }

  /** Times that the server was found anew, as far as one can see from outside. */
  get restarts(): number {
    return Math.max(0, this.#runs - 1);
  }

  start(): void {
    this.#isWatching = true;
    void this.#look();
  }

  /** Nobody can be ended here: it is looked for anew. */
  kill(reason: string): void {
    if (this.#session) this.#gone(this.#session, reason);
  }

  /** The server goes on with what it has. */
  async stop(): Promise<void> {
    this.#isWatching = false;
    clearTimeout(this.#timer);
    this.#leave();
  }

  async #look(): Promise<void> {
    const session: Session = {
      server: new StockServer({
        url: this.#options.url,
        lost: (reason) => this.#gone(session, reason),
      }),
      timer: undefined,
      misses: 0,
    };
    try {
      await this.#open(session);
    } catch (error) {
      session.server.close();
      this.#sayOnce(`no DeepStream server yet: ${reasonOf(error)}`);
      if (!this.#isWatching) return;
      if (!this.#isMissed) this.#handlers.down({ clean: true });
      this.#isMissed = true;
      this.#lookAgain();
    }
  }

  async #open(session: Session): Promise<void> {
    const { url, profile: wanted, urls, sources } = this.#options;
    const { server } = session;
    const profile = await recognize(server, wanted);
    const driver = new StockDriver({ server, profile, urls, sources });
    const { streams } = await driver.list();
    if (!this.#isWatching || this.#session) return server.close();
    this.#session = session;
    this.#isMissed = false;
    this.#runs += 1;
    this.#backOff.reset();
    this.#sayOnce(`drives DeepStream ${profile.release} at ${url}`);
    this.#probeLater(session);
    const found = streams.flatMap(({ camera_id }) => this.#ours(camera_id));
    this.#handlers.up({ driver, pid: 0, url, found, listIntervalMs: profile.listIntervalMs });
  }

  /** Put in before the agent was started again: the server outlives it. */
  #ours(localName: string): CameraRef[] {
    const [url] = this.#options.urls.of(localName);
    return url === undefined ? [] : [{ localName, url }];
  }

  #probeLater(session: Session): void {
    session.timer = setTimeout(() => void this.#probe(session), probeIntervalMs);
  }

  async #probe(session: Session): Promise<void> {
    try {
      await readVersion(session.server);
      session.misses = 0;
    } catch {
      session.misses += 1;
    }
    if (this.#session !== session) return;
    if (session.misses >= missesMax)
      this.#gone(session, `it did not answer ${missesMax} times in a row`);
    else this.#probeLater(session);
  }

  #gone(session: Session, reason: string): void {
    if (this.#session !== session) return;
    this.#leave();
    this.#sayOnce(`the DeepStream server is gone: ${reason}`);
    this.#isMissed = true;
    this.#handlers.down({ clean: false });
    if (this.#isWatching) this.#lookAgain();
  }

  #leave(): void {
    clearTimeout(this.#session?.timer);
    this.#session?.server.close();
    this.#session = undefined;
  }

  #lookAgain(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#look(), this.#backOff.next());
  }

  /** A server that is away for a night fills no log. */
  #sayOnce(text: string): void {
    if (text !== this.#said) log.note(text);
    this.#said = text;
  }
}
