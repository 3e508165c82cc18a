/**
 * Watches the pipeline: its list every 2 s or as often as it may be asked, at every event and after every step. Three lists in a row
 * that do not come within their 3 s mean that it is dead; the probes overlap, so a frozen process is found in less than 10 s.
 */
import { log, reasonOf } from "../log.ts";
import type { DriverAbout, PipelineDriver } from "./driver.ts";
import type { RunningPipeline } from "./keeper.ts";
import type { PipelineView } from "./view.ts";

export interface ObserverHandlers {
  /** The pipeline answered for the first time since it started. */
  readonly ready: (about: DriverAbout) => void;
  readonly changed: () => void;
  readonly dead: (reason: string) => void;
}

const probeIntervalMs = 2_000;
const missesMax = 3;

interface Session {
  readonly driver: PipelineDriver;
  readonly events: { close(): void } | undefined;
  readonly timer: NodeJS.Timeout;
  misses: number;
}

export class Observer {
  readonly #view: PipelineView;
  readonly #handlers: ObserverHandlers;
  #session: Session | undefined;
  #running: Promise<boolean> | undefined;
  #next: Promise<boolean> | undefined;

  constructor(view: PipelineView, handlers: ObserverHandlers) {
    this.#view = view;
    this.#handlers = handlers;
  }

  attach({ driver, openEvents, listIntervalMs = probeIntervalMs }: RunningPipeline): void {
    this.detach();
    const session: Session = {
      driver,
      events: openEvents?.(() => void this.refresh()),
      timer: setInterval(() => void this.#probe(session), listIntervalMs),
      misses: 0,
    };
    this.#session = session;
    void this.#greet(session);
  }

  detach(): void {
    this.#session?.events?.close();
    clearInterval(this.#session?.timer);
    this.#session = undefined;
  }

  /** Resolves with true after a list that was asked for after this call; false when none came. */
  refresh(): Promise<boolean> {
    this.#next ??= (this.#running ?? Promise.resolve(true)).then(() => {
      this.#next = undefined;
      this.#running = this.#list();
      return this.#running;
    });
    return this.#next;
  }

  async #greet(session: Session): Promise<void> {
    try {
      const about = await session.driver.about();
      if (this.#session === session) this.#handlers.ready(about);
    } catch (error) {
      log.warn(`the pipeline does not say what it is: ${reasonOf(error)}`);
      if (this.#session === session) setTimeout(() => void this.#greet(session), 500);
    }
  }

  async #probe(session: Session): Promise<void> {
    const answered = await this.#list();
    if (this.#session !== session) return;
    session.misses = answered ? 0 : session.misses + 1;
    if (session.misses < missesMax) return;
    session.misses = 0;
    this.#handlers.dead(`${missesMax} lists in a row did not come`);
  }

  async #list(): Promise<boolean> {
    const session = this.#session;
    if (!session) return false;
    const begun = this.#view.begin();
    try {
      const listing = await session.driver.list();
      if (this.#session !== session) return false;
      this.#view.take(listing, begun);
    } catch (error) {
      log.warn(`no list of streams: ${reasonOf(error)}`);
      return false;
    }
    this.#handlers.changed();
    return true;
  }
}
