import { useLocation } from "preact-iso";
import { useEffect, useState } from "preact/hooks";
import { api, ask, type Shapes } from "../api/client";
import { useDeed, useQuery } from "../api/hooks";
import { AsCode } from "../parts/as-code";
import { Badge } from "../parts/badge";
import { plural } from "../parts/numbers";
import { Page } from "../parts/page";
import { Hits } from "../parts/search/hits";
import { PastRuns } from "../parts/search/past";
import { keep, runs, type Asked, type Run } from "../parts/search/runs";
import { Empty, Failed, Loading, Trouble } from "../parts/states";

const TYPES: Record<Asked["type"], string> = {
  hybrid: "meaning and words",
  vector: "meaning",
  keyword: "words",
  graph: "graph",
  combined: "all together",
};
const AWAY: Record<Shapes["RetrievalRead"]["away"][number], string> = {
  store: "The index is away; nothing can be found until it is back.",
  embedding: "The embedding model is away; only words were compared.",
  rerank: "The second look is away; the order is that of the first.",
  graph: "Search works without the graph right now.",
};

interface Found {
  hits: Shapes["SearchHitRead"][];
  meta: Shapes["SearchMeta"];
  tookMs: number;
}

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
  });
  const [found, setFound] = useState<Found>();
  const [past, setPast] = useState<Run[]>([]);
  const there = collections.data ?? [];
  const searching = useDeed(async (wanted: Asked) => {
    const started = performance.now();
    const body = bodyOf(wanted);
    const answer = wanted.collection
      ? await ask(
          api.POST("/v1/modules/scaimatrix/collections/{collection_id}/search", {
            params: { path: { collection_id: wanted.collection } },
            body,
          }),
        )
      : await ask(
          api.POST("/v1/modules/scaimatrix/search", { body: { ...body, collection_ids: there.slice(0, 20).map(({ id }) => id) } }),
        );
    const tookMs = Math.round(performance.now() - started);
    const hits = answer.data.results;
    setFound({ hits, meta: answer.meta, tookMs });
    const short = hits.map(({ chunk_id, document_name, score }) => ({ id: chunk_id, name: document_name, score }));
    const name = there.find(({ id }) => id === wanted.collection)?.name ?? "all collections";
    setPast(await keep({ at: new Date().toISOString(), asked: { ...wanted, collectionName: name }, tookMs, hits: short }));
  });
  const run = (wanted: Asked) => {
    setAsked(wanted);
    if (!wanted.query.trim()) return;
    const kept = new URLSearchParams({ query: wanted.query, ...(wanted.collection ? { collection: wanted.collection } : {}) });
    route(`/console/search?${kept}`, true);
    if (wanted.collection || there.length) void searching.run(wanted); // else it is asked once what is shared is known
  };
  useEffect(() => void runs().then(setPast), []);
  // Words from the bar above, or from a link, are searched for at once.
  useEffect(() => {
    const words = address["query"] ?? "";
    if (collections.data && words && (words !== asked.query || !found)) run({ ...asked, query: words });
  }, [address["query"], collections.data === undefined]);
  const change = (part: Partial<Asked>) => setAsked({ ...asked, ...part });
  const path = asked.collection ? `/v1/modules/scaimatrix/collections/${asked.collection}/search` : "/v1/modules/scaimatrix/search";
  const body = asked.collection ? bodyOf(asked) : { ...bodyOf(asked), collection_ids: there.slice(0, 20).map(({ id }) => id) };
  return (
    <Page title="Search lab" lead="What is found for a question, and how well it fits, before any model answers.">
      <form
        class="card lab"
        onSubmit={(event) => {
          event.preventDefault();
          run(asked);
        }}
      >
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
            <select value={asked.collection} onChange={(event) => change({ collection: event.currentTarget.value })}>
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
        </div>
        <p class="row">
          <button type="submit" class="main" disabled={searching.busy || !asked.query.trim()}>
            {searching.busy ? "Searching…" : "Search"}
          </button>
        </p>
      </form>
      <Trouble failure={collections.failure} retry={collections.reload} />
      <section aria-label="Results" aria-live="polite" aria-busy={searching.busy}>
        {searching.failure ? (
          <Failed failure={searching.failure} retry={() => run(asked)} />
        ) : found ? (
          <Results found={found} minScore={asked.minScore} />
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
      <AsCode call={{ method: "POST", path, body }} />
      <PastRuns runs={past} again={run} forgotten={() => setPast([])} />
    </Page>
  );
}

function bodyOf({ query, type, k, minScore, rerank }: Asked) {
  return { query, search_type: type, top_k: k, min_score: minScore, rerank };
}

function Results({ found, minScore }: { found: Found; minScore: number }) {
  const { hits, meta, tookMs } = found;
  const { retrieval } = meta;
  return (
    <>
      <p class="facts">
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
        <Empty title="Nothing found that you can read.">
          {minScore > 0 && <p>Passages below {minScore.toFixed(2)} were left out; a lower score lets more in.</p>}
        </Empty>
      )}
    </>
  );
}
