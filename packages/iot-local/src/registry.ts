/** Things, certificates, policies, and what is attached to what. Writes are serialised and synced before they return. */
import { randomUUID } from "node:crypto";
import type { AwsError } from "./aws-error.ts";
import { notFound } from "./aws-error.ts";
import { type Policy, parsePolicy } from "./policy.ts";
import type { Store } from "./store.ts";
import { type Change, commitChanges, Table } from "./table.ts";
import { Turns } from "./turns.ts";

export interface Thing {
  readonly thingName: string;
  readonly thingId: string;
  readonly thingTypeName?: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly version: number;
}

export type CertificateStatus = "ACTIVE" | "INACTIVE" | "REVOKED";

export interface Certificate {
  readonly certificateId: string;
  readonly certificatePem: string;
  readonly status: CertificateStatus;
  readonly createdAtMs: number;
  readonly changedAtMs: number;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  /** Names of policies. */
  readonly policies: readonly string[];
  /** Names of things. */
  readonly things: readonly string[];
}

export interface PolicyVersion {
  readonly versionId: string;
  readonly document: string;
  readonly createdAtMs: number;
}

export interface NamedPolicy {
  readonly policyName: string;
  readonly defaultVersionId: string;
  readonly nextVersion: number;
  readonly versions: readonly PolicyVersion[];
}

export class Registry {
  readonly things = new Table<Thing>("thing");
  readonly certificates = new Table<Certificate>("certificate");
  readonly policies = new Table<NamedPolicy>("policy");
  /** Grows with every change, so that what was derived from the registry can be thrown away. */
  generation = 1;
  readonly #store: Store;
  readonly #turns = new Turns();
  readonly #parsed = new Map<string, Policy>();

  private constructor(store: Store) {
    this.#store = store;
  }

  static async open(store: Store): Promise<Registry> {
    const registry = new Registry(store);
    await registry.things.load(store);
    await registry.certificates.load(store);
    await registry.policies.load(store);
    return registry;
  }

  /** Decides on the current rows, one change after the other: what `decide` reads is still true when it is written. */
  change<Answer>(decide: () => { changes: readonly Change[]; answer: Answer }): Promise<Answer> {
    return this.#turns.take("registry", async () => {
      const { changes, answer } = decide();
      if (changes.length > 0) await commitChanges(this.#store, changes);
      this.generation++;
      return answer;
    });
  }

  thing(name: string): Thing {
    return this.things.rows.get(name) ?? raise(notFound(`Thing ${name} not found.`));
  }

  certificate(id: string): Certificate {
    return (
      this.certificates.rows.get(id) ??
      raise(notFound(`The certificate given in the principal does not exist: ${id}`))
    );
  }

  policy(name: string): NamedPolicy {
    return this.policies.rows.get(name) ?? raise(notFound(`Policy not found: ${name}`));
  }

  /** The default versions of these policies, ready to be asked; names that are no policy count for nothing. */
  policiesOf(names: readonly string[]): Policy[] {
    return names.flatMap((name) => {
      const policy = this.policies.rows.get(name);
      const version = policy?.versions.find((one) => one.versionId === policy.defaultVersionId);
      return version ? [this.#parse(version.document)] : [];
    });
  }

  #parse(document: string): Policy {
    let policy = this.#parsed.get(document);
    if (!policy) this.#parsed.set(document, (policy = parsePolicy(document)));
    return policy;
  }
}

export const newThingId = (): string => randomUUID();

function raise(error: AwsError): never {
  throw error;
}
