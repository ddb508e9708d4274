/** What an answer was made from: what it cites, and what else the model was given. */

import type { Citation, Turn } from "./conversation";
import { citedIn } from "./conversation";

interface SourcesProps {
  turn: Turn;
  open: (marker: number) => void;
}

export function Sources({ turn, open }: SourcesProps) {
  const { retrieval } = turn;
  if (!retrieval)
    return <p class="quiet">{turn.state === "asking" ? "Sources come with the answer." : "This answer was given from no sources."}</p>;
  const named = citedIn(turn);
  const cited = retrieval.citations.filter((one) => named.has(one.marker));
  const used = retrieval.citations.filter((one) => !named.has(one.marker));
  return (
    <>
      <List name="Cited" hint="The answer names these." citations={cited} open={open} />
      <List name="Used" hint="The model was given these too; the answer does not name them." citations={used} open={open} />
      {retrieval.citations.length === 0 && <p class="quiet">Nothing found that you can read.</p>}
    </>
  );
}

interface ListProps {
  name: string;
  hint: string;
  citations: Citation[];
  open: (marker: number) => void;
}

function List({ name, hint, citations, open }: ListProps) {
  if (citations.length === 0) return null;
  return (
    <section>
      <h3>
        {name} <span class="quiet">{citations.length}</span>
      </h3>
      <p class="hint">{hint}</p>
      <ul class="sources">
        {citations.map((one) => (
          <li key={one.marker}>
            <button type="button" class="plain" onClick={() => open(one.marker)}>
              <span class="number">[{one.marker}]</span>
              <span>
                {one.document_name}
                <span class="quiet">
                  {one.page !== null && ` · p. ${one.page}`} · {one.score.toFixed(2)}
                </span>
              </span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
