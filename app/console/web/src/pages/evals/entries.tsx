/** Several of something in a form: each may go, and there may be more. */

import type { ComponentChildren } from "preact";

interface EntriesProps<T> {
  name: string;
  /** What one of them is called. */
  one: string;
  hint?: string;
  items: T[];
  change: (items: T[]) => void;
  fresh: T;
  children: (item: T, put: (changed: T) => void, label: string) => ComponentChildren;
}

export function Entries<T>({ name, one, hint, items, change, fresh, children }: EntriesProps<T>) {
  return (
    <fieldset class="entries">
      <legend>{name}</legend>
      {hint && <p class="hint">{hint}</p>}
      {items.map((item, at) => (
        <div key={at} class="entry">
          {children(item, (changed) => change(items.map((other, place) => (place === at ? changed : other))), `${one} ${at + 1}`)}
          <button
            type="button"
            class="plain"
            aria-label={`Remove ${one.toLowerCase()} ${at + 1}`}
            onClick={() => change(items.filter((_, place) => place !== at))}
          >
            ✕
          </button>
        </div>
      ))}
      <button type="button" onClick={() => change([...items, fresh])}>
        Add {one.toLowerCase()}
      </button>
    </fieldset>
  );
}
