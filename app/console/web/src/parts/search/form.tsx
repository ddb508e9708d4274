import type { Shapes } from "../../api/client";
import { permits, useMe } from "../../api/me";
import { mayManage } from "../collections/words";
import { Combobox } from "../combobox";
import { findUsers } from "../finding";
import { lookedIn } from "./asking";
import type { Asked } from "./runs";

export const TYPES: Record<Asked["type"], string> = {
  hybrid: "meaning and words",
  vector: "meaning",
  keyword: "words",
  graph: "graph",
  combined: "all together",
};

interface FormProps {
  asked: Asked;
  change: (part: Partial<Asked>) => void;
  there: Shapes["CollectionRead"][];
  busy: boolean;
  run: (asked: Asked) => void;
}

/** What to look for, where, how, and through whose eyes: somebody else's where one manages all that is looked in. */
export function SearchForm({ asked, change, there, busy, run }: FormProps) {
  const me = useMe();
  const where = lookedIn(asked.collection, there);
  const manages = where.length > 0 && where.every(mayManage);
  return (
    <form class="card lab" onSubmit={(event) => (event.preventDefault(), run(asked))}>
      <label class="field lab-query">
        <span class="field-name">Question</span>
        <input
          name="query"
          value={asked.query}
          placeholder="How long do refunds take?"
          onInput={(event) => change({ query: event.currentTarget.value })}
        />
      </label>
      <div class="fields">
        <label class="field">
          <span class="field-name">Collection</span>
          <select value={asked.collection} onChange={(event) => change({ collection: event.currentTarget.value, reader: null })}>
            <option value="">{there.length > 20 ? "The newest 20" : "All shared with me"}</option>
            {there.map(({ id, name }) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
          </select>
        </label>
        <label class="field">
          <span class="field-name">Compare by</span>
          <select value={asked.type} onChange={(event) => change({ type: event.currentTarget.value as Asked["type"] })}>
            {Object.entries(TYPES).map(([type, words]) => (
              <option key={type} value={type}>
                {words}
              </option>
            ))}
          </select>
        </label>
        <label class="field">
          <span class="field-name">How many (k)</span>
          <input
            type="number"
            min={1}
            max={100}
            value={asked.k}
            onInput={(event) => change({ k: Number(event.currentTarget.value) || 8 })}
          />
        </label>
        <label class="field">
          <span class="field-name">Lowest score: {asked.minScore.toFixed(2)}</span>
          <input
            type="range"
            min={0}
            max={1}
            step={0.05}
            value={asked.minScore}
            onInput={(event) => change({ minScore: Number(event.currentTarget.value) })}
          />
        </label>
        <label class="choice">
          <input type="checkbox" checked={asked.rerank} onChange={(event) => change({ rerank: event.currentTarget.checked })} />{" "}
          Look twice (rerank)
        </label>
        {manages && permits(me, "users:manage") && (
          <Combobox name="As" find={findUsers} chosen={asked.reader} choose={(reader) => change({ reader })} placeholder="yourself" />
        )}
      </div>
      {asked.reader && <p class="hint">Shown is what both you and they may read; it is written down that you looked.</p>}
      <p class="row">
        <button type="submit" class="main" disabled={busy || !asked.query.trim()}>
          {busy ? "Searching…" : "Search"}
        </button>
      </p>
    </form>
  );
}
