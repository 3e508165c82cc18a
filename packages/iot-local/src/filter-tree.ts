/** Values kept under MQTT filters; finding those that match a topic costs its levels, not the number of filters. */
interface Node<Value> {
  readonly children: Map<string, Node<Value>>;
  readonly values: Set<Value>;
}

const node = <Value>(): Node<Value> => ({ children: new Map(), values: new Set() });

export class FilterTree<Value> {
  readonly #root = node<Value>();

  add(filter: string, value: Value): void {
    let at = this.#root;
    for (const level of filter.split("/")) {
      let child = at.children.get(level);
      if (!child) at.children.set(level, (child = node()));
      at = child;
    }
    at.values.add(value);
  }

  remove(filter: string, value: Value): void {
    const path: [Node<Value>, string][] = [];
    let at = this.#root;
    for (const level of filter.split("/")) {
      const child = at.children.get(level);
      if (!child) return;
      path.push([at, level]);
      at = child;
    }
    at.values.delete(value);
    for (const [parent, level] of path.toReversed()) {
      const child = parent.children.get(level);
      if (child && child.values.size === 0 && child.children.size === 0)
        parent.children.delete(level);
    }
  }

  match(topic: string): Set<Value> {
    const found = new Set<Value>();
    const levels = topic.split("/");
    // [MQTT-4.7.2-1] A leading wildcard does not match a topic that starts with `$`.
    this.#collect(this.#root, { levels, at: 0, wild: !topic.startsWith("$"), found });
    return found;
  }

  #collect(
    parent: Node<Value>,
    walk: { levels: string[]; at: number; wild: boolean; found: Set<Value> },
  ): void {
    const { levels, at, wild, found } = walk;
    if (wild) for (const value of parent.children.get("#")?.values ?? []) found.add(value);
    const level = levels[at];
    if (level === undefined) {
      for (const value of parent.values) found.add(value);
      return;
    }
    const next = { levels, at: at + 1, wild: true, found };
    const exact = parent.children.get(level);
    if (exact) this.#collect(exact, next);
    const any = wild ? parent.children.get("+") : undefined;
    if (any) this.#collect(any, next);
  }
}
