import { useLocation } from "preact-iso";
import { useEffect, useRef, useState } from "preact/hooks";
import { passes, useAgain } from "../api/again";
import { api, ask, type Shapes } from "../api/client";
import { useDeed, useQuery } from "../api/hooks";
import { AsCode } from "../parts/as-code";
import { Badge } from "../parts/badge";
import { plural } from "../parts/numbers";
import { Page } from "../parts/page";
import { callOf, type Found, look } from "../parts/search/asking";
import { SearchForm, TYPES } from "../parts/search/form";
import { Hits } from "../parts/search/hits";
import { PastRuns } from "../parts/search/past";
import { keep, runs, type Asked, type Run } from "../parts/search/runs";
import { TookLine } from "../parts/search/took";
import { Withheld } from "../parts/search/withheld";
import { SaveCase } from "./evals/save-case";
import { Empty, Failed, Loading, Trouble } from "../parts/states";

const AWAY: Record<Shapes["RetrievalRead"]["away"][number], string> = {
  store: "The index is away; nothing can be found until it is back.",
  embedding: "The embedding model is away; only words were compared.",
  rerank: "The second look is away; the order is that of the first.",
  graph: "Search works without the graph right now.",
};

export default function SearchLab() {
  const { query: address, route } = useLocation();
  const collections = useQuery(
    (signal) => ask(api.GET("/v1/modules/scaimatrix/collections", { params: { query: { limit: 100 } }, signal })),
    [],
  );
  const [asked, setAsked] = useState<Asked>({
    query: address["query"] ?? "",
    collection: address["collection"] ?? "",
    collectionName: "",
    type: "hybrid",
    k: 8,
    minScore: 0,
    rerank: false,
    reader: null,
  });
  const [found, setFound] = useState<Found>();
  const [past, setPast] = useState<Run[]>([]);
  const there = collections.data ?? [];
  const ids = there.map(({ id }) => id);
  const wanting = useRef<Asked>(undefined);
  const searching = useDeed(async (wanted: Asked) => {
    wanting.current = wanted;
    const made = await look(wanted, ids);
    setFound(made);
    const short = made.hits.map(({ chunk_id, document_name, score }) => ({ id: chunk_id, name: document_name, score }));
    const name = there.find(({ id }) => id === wanted.collection)?.name ?? "all collections";
    setPast(await keep({ at: new Date().toISOString(), asked: { ...wanted, collectionName: name }, tookMs: made.tookMs, hits: short }));
  });
  const run = (wanted: Asked) => {
    setAsked(wanted);
    if (!wanted.query.trim()) return;
    const kept = new URLSearchParams({ query: wanted.query, ...(wanted.collection ? { collection: wanted.collection } : {}) });
    route(`/console/search?${kept}`, true);
    if (wanted.collection || there.length) void searching.run(wanted); // else it is asked once what is shared is known
  };
  // Not as somebody else: each of those questions is written down.
  const lacking = !wanting.current?.reader && (passes(searching.failure) || Boolean(found?.meta.retrieval.away.length));
  useAgain(lacking, searching.busy, () => {
    const wanted = wanting.current;
    if (wanted) look(wanted, ids).then((made) => wanted === wanting.current && (setFound(made), searching.forget()), () => undefined);
  });
  useEffect(() => void runs().then(setPast), []);
  // Words from the bar above, or from a link, are searched for at once.
  useEffect(() => {
    const words = address["query"] ?? "";
    if (collections.data && words && (words !== asked.query || !found)) run({ ...asked, query: words });
  }, [address["query"], collections.data === undefined]);
  const change = (part: Partial<Asked>) => setAsked({ ...asked, ...part });
  return (
    <Page title="Search lab" lead="What is found for a question, and how well it fits, before any model answers.">
      <SearchForm asked={asked} change={change} there={there} busy={searching.busy} run={run} />
      <Trouble failure={collections.failure} retry={collections.reload} />
      <section aria-label="Results" aria-live="polite" aria-busy={searching.busy}>
        {searching.failure ? (
          <Failed failure={searching.failure} retry={() => run(asked)} />
        ) : found ? (
          <Results found={found} />
        ) : searching.busy ? (
          <Loading what="results" />
        ) : collections.data?.length === 0 ? (
          <Empty title="Nothing is shared with you yet.">
            <p>Whoever manages a collection can let you read it; what you may read is found here.</p>
          </Empty>
        ) : (
          <Empty title="Ask something.">
            <p>Or press / anywhere and type: words are searched for, an id leads to its thing.</p>
          </Empty>
        )}
      </section>
      <AsCode call={callOf(asked, ids)} />
      <PastRuns runs={past} again={run} forgotten={() => setPast([])} />
    </Page>
  );
}

function Results({ found }: { found: Found }) {
  const { hits, below, withheld, asked, meta, tookMs } = found;
  const { retrieval } = meta;
  return (
    <>
      <p class="facts">
        {asked.reader && <span>as {asked.reader.name}</span>}
        <span>{plural(hits.length, "passage")}</span>
        <span>{tookMs} ms, there and back</span>
        <span>compared by {TYPES[retrieval.search_type]}</span>
        <span>how sure: {retrieval.confidence.toFixed(2)}</span>
        {retrieval.away.map((part) => (
          <Badge key={part} tone="warn">
            {AWAY[part]}
          </Badge>
        ))}
      </p>
      {hits.length > 0 ? (
        <Hits hits={hits} from={1} />
      ) : (
        <Empty title={asked.reader ? "Nothing found that both of you can read." : "Nothing found that you can read."} />
      )}
      {below.length > 0 && (
        <details class="below">
          <summary>
            Below {asked.minScore.toFixed(2)}: {plural(below.length, "passage")} more
          </summary>
          <Hits hits={below} from={hits.length + 1} />
        </details>
      )}
      {"took" in retrieval && <TookLine took={retrieval.took} />}
      <p class="row">
        <SaveCase question={asked.query} readerId={asked.reader?.id ?? null} hits={hits} />
      </p>
      {asked.reader && <Withheld reader={asked.reader} withheld={withheld} />}
    </>
  );
}
