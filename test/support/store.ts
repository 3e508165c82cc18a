/** A store of which a test decides what some calls do. */
import type { Store } from "@sightline/core/ports/store";

type Replacement = { readonly [N in keyof Store]?: Partial<Store[N]> };

/** With some methods replaced, also while it records a call; `replace` is given what they would do. */
export function storeWith(store: Store, replace: (store: Store) => Replacement): Store {
  const replaced = Object.entries(replace(store)).map(([noun, methods]) => [
    noun,
    { ...(store[noun as keyof Store] as object), ...methods },
  ]);
  return {
    ...store,
    ...(Object.fromEntries(replaced) as Partial<Store>),
    recording: (...call) => storeWith(store.recording(...call), replace),
  };
}
