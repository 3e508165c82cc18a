/**
 * DynamoDB expressions from readable text: attribute paths stand in braces and become placeholders, because `name`, `ttl`,
 * `status` and some 570 more are reserved words. `"{revision} = :before and {placement.epoch} = :epoch"`
 */

export interface Condition {
  readonly when: string;
  readonly values?: Readonly<Record<string, unknown>>;
}

export interface Changes {
  /** An undefined value removes the attribute. */
  readonly set?: Readonly<Record<string, unknown>>;
  /** Numbers are added, sets are joined. */
  readonly add?: Readonly<Record<string, unknown>>;
  /** Taken out of sets; a set that becomes empty goes away. */
  readonly take?: Readonly<Record<string, unknown>>;
}

export interface Attributes {
  readonly ExpressionAttributeNames: Record<string, string>;
  readonly ExpressionAttributeValues?: Record<string, unknown>;
}

/** Gathers the placeholders of all expressions of one request. */
export class Expression {
  readonly #names: Record<string, string> = {};
  readonly #values: Record<string, unknown> = {};

  condition({ when, values }: Condition): string {
    for (const [name, value] of Object.entries(values ?? {})) this.#values[`:${name}`] = value;
    return when.replaceAll(/\{([^}]+)\}/g, (_, path: string) =>
      path
        .split(".")
        .map((part) => this.#name(part))
        .join("."),
    );
  }

  update({ set = {}, add = {}, take = {} }: Changes): string {
    const entries = Object.entries(set);
    const clauses = [
      ["SET", entries.filter(([, value]) => value !== undefined), " = "],
      ["ADD", Object.entries(add), " "],
      ["DELETE", Object.entries(take), " "],
    ] as const;
    const texts = clauses.flatMap(([verb, parts, between]) =>
      parts.length === 0
        ? []
        : [`${verb} ${parts.map((part) => this.#assign(part, between)).join(", ")}`],
    );
    const removed = entries.filter(([, value]) => value === undefined);
    if (removed.length > 0)
      texts.push(`REMOVE ${removed.map(([name]) => this.#name(name)).join(", ")}`);
    return texts.join(" ");
  }

  /** No empty map of values: DynamoDB refuses one. */
  attributes(): Attributes {
    return {
      ExpressionAttributeNames: this.#names,
      ...(Object.keys(this.#values).length > 0 && { ExpressionAttributeValues: this.#values }),
    };
  }

  #assign([name, value]: [string, unknown], between: string): string {
    this.#values[`:new_${name}`] = value;
    return `${this.#name(name)}${between}:new_${name}`;
  }

  #name(name: string): string {
    this.#names[`#${name}`] = name;
    return `#${name}`;
  }
}
