import type { Shapes } from "../../api/client";
import { CopyId } from "../copy";

type Hit = Shapes["SearchHitRead"];

/** What was found, best first: where it stands, how well it fits, and the passage with what fits best in it. */
export function Hits({ hits, from }: { hits: Hit[]; from: number }) {
  return (
    <ol class="hits" start={from}>
      {hits.map((hit) => (
        <li key={hit.chunk_id} class="card hit">
          <header class="row">
            <h2>
              <a href={`/console/documents/${hit.document_id}?chunk=${hit.chunk_id}&span=${spanOf(hit)}`}>{hit.document_name}</a>
            </h2>
            <span class="quiet">
              {hit.page && `p. ${hit.page} · `}
              {hit.section && `${hit.section} · `}passage {hit.chunk_index + 1}
            </span>
            <span class="score">
              <meter min={0} max={1} value={hit.score} aria-label="Score" /> {hit.score.toFixed(2)}
            </span>
          </header>
          {hit.why && <Parts why={hit.why} />}
          <Passage hit={hit} />
          <CopyId id={hit.chunk_id} short />
        </li>
      ))}
    </ol>
  );
}

const RANKERS: Record<keyof Shapes["WhyRead"], string> = {
  vector: "meaning",
  keyword: "words",
  graph: "graph",
  rerank: "second look",
};

/** What the score is made of: what each that was asked says of the passage. */
function Parts({ why }: { why: Shapes["WhyRead"] }) {
  const said = (Object.keys(RANKERS) as (keyof typeof RANKERS)[]).filter((ranker) => why[ranker] !== null);
  return (
    <p class="quiet why" aria-label="What the score is made of">
      {said.map((ranker) => `${RANKERS[ranker]} ${why[ranker]?.toFixed(2)}`).join(" · ")}
    </p>
  );
}

export function spanOf({ page, snippet_start, snippet_end }: Hit): string {
  return `${page ? `p${page}:` : ""}${snippet_start}-${snippet_end}`;
}

/** The passage, with its best part marked; places count whole characters, as Python does. */
function Passage({ hit }: { hit: Hit }) {
  const letters = Array.from(hit.content);
  const [from, to] = [hit.snippet_start - hit.start, hit.snippet_end - hit.start];
  if (from < 0 || to > letters.length || from >= to) return <p class="passage">{hit.content}</p>;
  const part = (start: number, end?: number) => letters.slice(start, end).join("");
  return (
    <p class="passage">
      {part(0, from)}
      {to - from < letters.length ? <mark>{part(from, to)}</mark> : part(from, to)}
      {part(to)}
    </p>
  );
}
