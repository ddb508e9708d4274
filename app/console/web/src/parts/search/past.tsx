import { useState } from "preact/hooks";
import { Time } from "../time";
import { forget, type Asked, type Run } from "./runs";

interface PastProps {
  runs: Run[];
  again: (asked: Asked) => void;
  forgotten: () => void;
}

/** What was searched for before, to be run again or compared two by two. */
export function PastRuns({ runs, again, forgotten }: PastProps) {
  const [pair, setPair] = useState<string[]>([]);
  if (runs.length === 0) return null;
  const compared = pair.map((at) => runs.find((run) => run.at === at)).filter((run): run is Run => run !== undefined);
  const choose = (at: string, on: boolean) => setPair(on ? [...pair, at].slice(-2) : pair.filter((one) => one !== at));
  return (
    <details class="past">
      <summary>
        Your last searches ({runs.length}), kept in this browser
      </summary>
      {compared.length === 2 && <Comparison one={compared[0] as Run} other={compared[1] as Run} />}
      <ul>
        {runs.map((run) => (
          <li key={run.at} class="row">
            <input
              type="checkbox"
              aria-label={`Compare ${run.asked.query}`}
              checked={pair.includes(run.at)}
              onChange={(event) => choose(run.at, event.currentTarget.checked)}
            />
            <button type="button" class="plain" onClick={() => again(run.asked)}>
              {run.asked.query}
            </button>
            <span class="quiet">
              {run.asked.collectionName} · {run.asked.reader && `as ${run.asked.reader.name} · `}
              {run.asked.type} · k {run.asked.k} · {run.hits.length} found · {run.tookMs} ms ·{" "}
              <Time at={run.at} />
            </span>
          </li>
        ))}
      </ul>
      <button type="button" onClick={() => void forget().then(forgotten)}>
        Forget them
      </button>
    </details>
  );
}

function Comparison({ one, other }: { one: Run; other: Run }) {
  const ids = [...new Set([...one.hits, ...other.hits].map((hit) => hit.id))];
  const at = (run: Run, id: string) => {
    const place = run.hits.findIndex((hit) => hit.id === id);
    return place < 0 ? "not found" : `${place + 1} · ${run.hits[place]?.score.toFixed(2)}`;
  };
  const nameOf = (id: string) => [...one.hits, ...other.hits].find((hit) => hit.id === id)?.name;
  const column = ({ asked }: Run) => `${asked.query} · ${asked.type}${asked.reader ? ` · as ${asked.reader.name}` : ""}`;
  return (
    <table class="list">
      <caption class="unseen">Two searches side by side</caption>
      <thead>
        <tr>
          <th scope="col">Passage of</th>
          <th scope="col">{column(one)}</th>
          <th scope="col">{column(other)}</th>
        </tr>
      </thead>
      <tbody>
        {ids.map((id) => (
          <tr key={id}>
            <td data-name="Passage of">{nameOf(id)}</td>
            <td data-name="First">{at(one, id)}</td>
            <td data-name="Second">{at(other, id)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
