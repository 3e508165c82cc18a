/**
 * The agent: receive → journal → plan → step → report.
 *
 * It works with the network down: what the journal holds is applied as soon as a pipeline answers, connected or not.
 */
import { createHash } from "node:crypto";
import { watch } from "node:fs";
import { certificateLeaf } from "@sightline/contracts/certificate";
import type { CommandAck } from "@sightline/contracts/commands";
import { manifestText, type DeviceReport, type Hello } from "@sightline/contracts/device-report";
import type { ErrorCode } from "@sightline/contracts/errors";
import { limits } from "@sightline/contracts/limits";
import { deviceShadow } from "@sightline/contracts/shadow";
import { topics, type TopicFamily } from "@sightline/contracts/topics";
import { Certificates } from "./certificate/certificates.ts";
import { Renewal } from "./certificate/renewal.ts";
import { ServerClock, type BoxClock } from "./clock.ts";
import { CommandDesk } from "./command/desk.ts";
import { CommandHistory } from "./command/history.ts";
import { readBootId, readFacts } from "./device/facts.ts";
import { HealthMeter } from "./device/health.ts";
import { deviceReport, versionsOf } from "./device/report.ts";
import { DeviceReporter } from "./device/reporter.ts";
import { WishKeeper } from "./device/wish.ts";
import { identityFile, type Identity } from "./identity.ts";
import type { Journal } from "./journal/journal.ts";
import { keepToThing } from "./journal/owner.ts";
import { log, reasonOf } from "./log.ts";
import type { RunOptions } from "./options.ts";
import { Outbox } from "./outbox.ts";
import type { OpenKeeper } from "./pipeline/keeper.ts";
import { openKeeper } from "./pipeline/open-keeper.ts";
import { Pipeline } from "./pipeline/pipeline.ts";
import { Receiver } from "./receiver.ts";
import { ShadowExchange, shadowSubscriptions } from "./shadow/exchange.ts";
import { runCommand } from "./steps/command-runner.ts";
import { DesiredState } from "./stream/desired-state.ts";
import { Streams } from "./stream/streams.ts";
import type { Credentials, Transport, TransportHandlers } from "./transport/transport.ts";

export interface AgentOptions {
  readonly folder: string;
  readonly identity: Identity;
  readonly run: RunOptions;
  readonly pipelineToken: string;
  readonly connectTransport: (
    credentials: () => Promise<Credentials>,
    handlers: TransportHandlers,
  ) => Transport;
  /** Nothing that this process holds is of use any more: it must be started anew. */
  readonly end: (reason: string) => void;
  readonly nowMs: BoxClock;
  /** One line of JSON for whoever started the agent. */
  readonly say: (line: object) => void;
}

const refusalsWorthSaying = 2;

export class Agent {
  readonly #options: AgentOptions;
  readonly #journal: Journal;
  readonly #clock = new ServerClock();
  readonly #exchange: ShadowExchange;
  readonly #state: DesiredState;
  readonly #pipeline: Pipeline;
  readonly #streams: Streams;
  readonly #wish: WishKeeper;
  readonly #receiver: Receiver;
  readonly #desk: CommandDesk;
  readonly #outbox: Outbox;
  readonly #device: DeviceReporter;
  readonly #health: HealthMeter;
  readonly #transport: Transport;
  readonly #certificates: Certificates;
  readonly #renewal: Renewal;
  #bootId = "";
  /** The session has its subscriptions. */
  #online = false;
  #running: { readonly pid: number; readonly url: string } | undefined;
  #saidReady = false;
  #healthTimer: NodeJS.Timeout | undefined;
  #watchedUntilMs = 0;

  private constructor(
    options: AgentOptions,
    parts: {
      journal: Journal;
      state: DesiredState;
      history: CommandHistory;
      certificates: Certificates;
      keeper: OpenKeeper;
    },
  ) {
    const { journal, state, history, certificates } = parts;
    this.#options = options;
    this.#journal = journal;
    this.#state = state;
    const online = (): boolean => this.#online;
    const publish = (topic: string, payload: string): Promise<void> =>
      this.#transport.publish(topic, payload);
    this.#exchange = new ShadowExchange({
      thing: options.identity.thing,
      publish,
      learnTime: (timestampS) => this.#clock.learn(timestampS),
    });
    this.#pipeline = this.#openPipeline(parts.keeper);
    this.#wish = new WishKeeper({
      wish: () => state.wish,
      pipeline: this.#pipeline,
      followed: () => this.#streams.followed(),
      answered: () => this.#streams.wishAnswered(),
      told: () => this.#device.look(),
    });
    this.#streams = new Streams({
      journal,
      state,
      pipeline: this.#pipeline,
      exchange: this.#exchange,
      nowMs: options.nowMs,
      online: () => this.#online && this.#receiver.knowsManifest,
      answered: () => {
        this.#device.look();
        this.#desk.revisionsChanged();
      },
    });
    this.#receiver = new Receiver({
      exchange: this.#exchange,
      state,
      online,
      hello: () => this.#hello(),
      changed: () => this.#desiredChanged(),
      caughtUp: () => this.#streams.connected(),
      mirrored: (manifest) => this.#device.learn(manifest),
    });
    this.#outbox = new Outbox(journal, publish);
    this.#desk = this.#openDesk(history, state);
    this.#device = new DeviceReporter({
      build: () => this.#report(),
      holds: (stream) => this.#streams.has(stream),
      send: (make) => this.#exchange.report(deviceShadow, "urgent", make),
      online,
    });
    this.#health = new HealthMeter(options.folder, options.nowMs);
    this.#certificates = certificates;
    this.#transport = this.#openTransport();
    this.#renewal = new Renewal({
      certificates,
      clock: this.#clock,
      publish: (payload) => publish(this.#topic("evt", certificateLeaf), payload),
      reconnect: (reason) => this.#transport.reconnect(reason),
    });
  }

  #openPipeline(keeper: OpenKeeper): Pipeline {
    return new Pipeline(keeper, {
      up: (running) => this.#pipelineStarted(running),
      changed: () => this.#pipelineChanged(),
      release: (stream) => this.#streams.release(stream),
      quarantine: (stream) => this.#streams.quarantine(stream),
      holderOf: (localName) => this.#streams.holderOf(localName),
    });
  }

  #openTransport(): Transport {
    const { connectTransport } = this.#options;
    return connectTransport(() => this.#certificates.choose(), {
      connected: () => void this.#connected(),
      disconnected: () => this.#disconnected(),
      message: (topic, payload) => this.#receive(topic, payload),
      refused: (times) => this.#refused(times),
    });
  }

  #openDesk(history: CommandHistory, state: DesiredState): CommandDesk {
    return new CommandDesk({
      history,
      clock: this.#clock,
      nowMs: this.#options.nowMs,
      acknowledge: (ack) => this.#acknowledge(ack),
      isMember: (stream) => state.isMember(stream),
      answered: (stream) => this.#streams.answered(stream),
      carryOut: (kind, args, requestId) =>
        runCommand(this.#commandDeps(), kind, { args, requestId }),
    });
  }

  /** Starts with what the journal holds; returns at once. */
  static async start(options: AgentOptions, journal: Journal): Promise<Agent> {
    await keepToThing(journal, options.identity.thing);
    const state = await DesiredState.load(journal, options.identity.sealingKeys);
    const { history, interrupted } = await CommandHistory.load(journal, options.nowMs);
    const certificates = await Certificates.open(options.folder, options.identity, {
      enrolledAnew: ({ sealingKeys }) => {
        log.note("the box has enrolled anew");
        state.useKeys(sealingKeys);
      },
      isAnother: () => options.end("the box has enrolled as another device"),
    });
    const { folder, run, pipelineToken: token } = options;
    const keeper = await openKeeper({ folder, run, token, journal });
    const agent = new Agent(options, { journal, state, history, certificates, keeper });
    agent.#bootId = await readBootId();
    journal.onTrouble(() => void agent.#reportHealth());
    agent.#desiredChanged();
    for (const ack of interrupted) await agent.#acknowledge(ack);
    agent.#transport.start();
    agent.#watchIdentity();
    agent.#scheduleHealth();
    return agent;
  }

  /** Ends the pipeline and the connection in good order. */
  async stop(): Promise<void> {
    clearTimeout(this.#healthTimer);
    this.#online = false;
    this.#renewal.disconnected();
    this.#receiver.disconnected();
    this.#device.close();
    this.#streams.close();
    this.#wish.close();
    await Promise.allSettled([this.#pipeline.stop(), this.#transport.stop()]);
    await this.#journal.close();
  }

  async #connected(): Promise<void> {
    const { thing } = this.#options.identity;
    const commands = topics.filter("cmd", this.#options.identity, thing);
    try {
      await this.#transport.subscribe([
        ...shadowSubscriptions(thing),
        { filter: commands, qos: 1 },
      ]);
      this.#online = true;
      await this.#hello();
    } catch (error) {
      this.#transport.drop(reasonOf(error));
      return;
    }
    this.#receiver.connected();
    this.#device.connected();
    this.#renewal.connected();
    this.#sayReady();
    await this.#outbox.drain();
    await this.#reportHealth();
  }

  #disconnected(): void {
    this.#online = false;
    this.#renewal.disconnected();
    this.#exchange.disconnected();
    this.#receiver.disconnected();
  }

  /** `enrol` is a process of its own; where watching does not work, the next attempt to connect finds out. */
  #watchIdentity(): void {
    const look = async (): Promise<void> => {
      if (await this.#certificates.readAgain()) this.#transport.reconnect("enrolled anew");
    };
    const watcher = watch(this.#options.folder, { persistent: false }, (_, name) => {
      if (name === identityFile) void look();
    });
    watcher.on("error", (error) => log.warn(`the folder is not watched: ${reasonOf(error)}`));
  }

  /** Hang-ups happen; several in a row are a matter for people. */
  #refused(times: number): void {
    if (times === refusalsWorthSaying || times % (10 * refusalsWorthSaying) === 0)
      log.fail(this.#certificates.advice(this.#clock.nowMs() ?? Date.now()));
  }

  #receive(topic: string, payload: string): void {
    const parsed = topics.parse(topic);
    if (parsed?.family === "cmd" && parsed.leaf === certificateLeaf) {
      void this.#renewal.answered(payload);
      return;
    }
    if (parsed?.family === "cmd") {
      void this.#desk.take(parsed.leaf, payload);
      return;
    }
    const rung = this.#exchange.receive(topic, payload);
    if (rung) this.#receiver.ring(rung);
  }

  #desiredChanged(): void {
    this.#wish.changed();
    this.#streams.desiredChanged();
  }

  #pipelineStarted(running: { readonly pid: number; readonly url: string }): void {
    this.#running = running;
    this.#streams.pipelineStarted();
    this.#wish.pipelineStarted();
    if (this.#saidReady) this.#options.say({ pipeline: running });
    this.#pipelineChanged();
  }

  #pipelineChanged(): void {
    this.#streams.pipelineChanged();
    this.#wish.pipelineChanged();
    this.#device.look();
    this.#sayReady();
  }

  /** A pipeline that is to be stopped is as ready as it will be. */
  #sayReady(): void {
    const isStopped = this.#pipeline.state === "stopped";
    if (this.#saidReady || !this.#online || !(this.#running || isStopped)) return;
    this.#saidReady = true;
    const { pid, url } = this.#running ?? { pid: 0, url: "" };
    this.#options.say({ ready: true, pid: process.pid, pipelinePid: pid, pipelineUrl: url });
  }

  #topic(family: TopicFamily, leaf: string): string {
    const { app, stage, thing } = this.#options.identity;
    return topics.build({ family, app, stage, thing, leaf });
  }

  async #hello(): Promise<void> {
    const { run } = this.#options;
    const { identity } = this.#certificates;
    const hello: Hello = {
      v: 1,
      bootId: this.#bootId,
      versions: versionsOf(this.#pipeline),
      manifestHash: createHash("sha256")
        .update(manifestText(this.#state.manifest ?? {}))
        .digest("hex"),
      facts: await readFacts({ hardwareId: run.hardwareId, server: identity.mqtt }),
      atMs: this.#options.nowMs(),
    };
    await this.#transport.publish(this.#topic("evt", "hello"), JSON.stringify(hello));
  }

  #report(): DeviceReport {
    return deviceReport({
      manifest: this.#streams.manifest(),
      bootId: this.#bootId,
      pipeline: this.#pipeline,
      wish: this.#wish.report(),
      unmanaged: this.#pipeline.view.unmanaged(),
      atMs: this.#options.nowMs(),
    });
  }

  #acknowledge(ack: CommandAck): Promise<void> {
    return this.#outbox.post({ topic: this.#topic("ack", ack.id), payload: JSON.stringify(ack) });
  }

  #commandDeps(): Parameters<typeof runCommand>[0] {
    return {
      driver: () => {
        if (!this.#pipeline.driver) throw this.#pipeline.absence();
        return this.#pipeline.driver;
      },
      entry: (stream) => this.#pipeline.entry(stream),
      owns: (localName) => this.#pipeline.view.owns(localName),
      evicted: async (localName) => {
        this.#pipeline.view.evicted(localName);
        await this.#pipeline.refresh();
      },
      watch: () => {
        this.#watchedUntilMs = performance.now() + limits.healthWatchMs;
        this.#scheduleHealth();
      },
      caPem: this.#certificates.identity.caPem,
    };
  }

  #scheduleHealth(): void {
    clearTimeout(this.#healthTimer);
    const isWatched = performance.now() < this.#watchedUntilMs;
    this.#healthTimer = setTimeout(
      () => void this.#reportHealth().then(() => this.#scheduleHealth()),
      isWatched ? limits.healthWatchedIntervalMs : limits.healthReportIntervalMs,
    );
  }

  async #reportHealth(): Promise<void> {
    if (!this.#online) return;
    try {
      const report = await this.#health.read(this.#streams.health(), this.#outbox.takeDropped());
      const { trouble } = this.#journal;
      const problems =
        trouble === undefined ? [] : [{ code: diskFull, text: trouble.slice(0, 512) }];
      await this.#transport.publish(
        this.#topic("health", "report"),
        JSON.stringify(problems.length > 0 ? { ...report, problems } : report),
      );
    } catch (error) {
      log.warn(`the health report was not sent: ${reasonOf(error)}`);
    }
  }
}

const diskFull: ErrorCode = "device.disk-full";
