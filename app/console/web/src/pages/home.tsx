import type { ComponentChildren } from "preact";
import { api, ask, type Shapes } from "../api/client";
import { useQuery } from "../api/hooks";
import { isSharedWith, permits, useMe } from "../api/me";
import { Badge, type Tone } from "../parts/badge";
import { useHealth } from "../parts/health";
import { count, plural } from "../parts/numbers";
import { Page } from "../parts/page";
import { Asked } from "../parts/states";
import { Time, utc } from "../parts/time";

type Collection = Shapes["CollectionRead"];
type Document = Shapes["DocumentRead"];

const LOOKED_AT = 20; // collections; a home page asks for no more
const EACH = 20;

export default function Home() {
  const me = useMe();
  const sees = permits(me, "scaimatrix:view") && isSharedWith(me);
  const collections = useQuery(
    sees ? (signal) => ask(api.GET("/v1/modules/scaimatrix/collections", { params: { query: { limit: LOOKED_AT } }, signal })) : null,
    [],
  );
  return (
    <Page title="Home" lead={`What needs you in ${me.tenant_slug}, then how it is.`}>
      {sees && (
        <Asked query={collections} what="what needs you">
          {(found) => (found.length === 0 ? <Start /> : <NeedsYou collections={found} />)}
        </Asked>
      )}
      <div class="two">
        {permits(me, "accounting:view_own", "accounting:view_tenant") && <Today />}
        {permits(me, "admin:access") && <Health />}
      </div>
    </Page>
  );
}

interface Failing {
  collection: Collection;
  documents: Document[];
  more: boolean;
}

function NeedsYou({ collections }: { collections: Collection[] }) {
  const failed = useQuery<Failing[]>(async (signal) => {
    const lists = collections.map(async (collection) => {
      const params = { path: { collection_id: collection.id }, query: { status: "failed" as const, limit: EACH } };
      const answer = await ask(api.GET("/v1/modules/scaimatrix/collections/{collection_id}/documents", { params, signal }));
      return { collection, documents: answer.data, more: answer.meta.has_more };
    });
    const data = (await Promise.all(lists)).filter(({ documents }) => documents.length > 0);
    return { data, meta: {}, etag: null, requestId: null };
  }, [collections.map(({ id }) => id)]);
  return (
    <section class="card">
      <h2>Needs you</h2>
      <Asked query={failed} what="what failed">
        {(found) =>
          found.length === 0 ? (
            <p class="quiet">
              <Badge tone="good">nothing</Badge> No document failed in {plural(collections.length, "collection")}.
            </p>
          ) : (
            <ul class="needs">
              {found.map(({ collection, documents, more }) => (
                <li key={collection.id}>
                  <p>
                    <Badge tone="bad">{`${documents.length}${more ? "+" : ""} failed`}</Badge> in{" "}
                    <a href={`/console/collections/${collection.id}`}>{collection.name}</a>
                  </p>
                  <ul>
                    {byCause(documents).map(([cause, those]) => (
                      <li key={cause}>
                        {cause} <span class="quiet">{those.map(({ name }) => name).slice(0, 4).join(", ")}</span>
                        {those.length > 4 && <span class="quiet"> and {those.length - 4} more</span>}
                      </li>
                    ))}
                  </ul>
                </li>
              ))}
            </ul>
          )
        }
      </Asked>
    </section>
  );
}

function byCause(documents: Document[]): [string, Document[]][] {
  const groups = new Map<string, Document[]>();
  for (const document of documents) {
    const cause = document.error_message ?? document.error_code ?? "It failed without a word.";
    groups.set(cause, [...(groups.get(cause) ?? []), document]);
  }
  return [...groups].sort(([, one], [, other]) => other.length - one.length);
}

function Today() {
  const me = useMe();
  const midnight = `${new Date().toISOString().slice(0, 10)}T00:00:00Z`;
  const scope = permits(me, "accounting:view_tenant") ? ("tenant" as const) : ("own" as const);
  const usage = useQuery(
    (signal) => ask(api.GET("/v1/accounting/usage/summary", { params: { query: { from: midnight, period: "day", scope } }, signal })),
    [midnight],
  );
  return (
    <section class="card">
      <h2>Today</h2>
      <Asked query={usage} what="today's numbers">
        {({ items }) => {
          const sum = (of: (item: Shapes["UsageSumRead"]) => number) => items.reduce((before, item) => before + of(item), 0);
          const requests = sum((item) => item.requests);
          const latency = requests ? Math.round(sum((item) => item.average_latency_ms * item.requests) / requests) : 0;
          return (
            <>
              <dl class="numbers">
                <div>
                  <dt>calls of models</dt>
                  <dd>{count(requests)}</dd>
                </div>
                <div>
                  <dt>tokens</dt>
                  <dd>{count(sum((item) => item.input_tokens + item.output_tokens))}</dd>
                </div>
                <div>
                  <dt>on average</dt>
                  <dd>{requests ? `${count(latency)} ms` : "–"}</dd>
                </div>
              </dl>
              <p class="quiet">
                {scope === "own" ? "Yours, since" : "Of everybody here, since"} {utc(midnight)}; still counting.
              </p>
            </>
          );
        }}
      </Asked>
    </section>
  );
}

const TONES: Record<Shapes["DependencyRead"]["state"], Tone> = {
  up: "good", embedded: "good", off: "plain", degraded: "warn", down: "bad",
};

function Health() {
  const health = useHealth();
  return (
    <section class="card" id="health">
      <h2>Health</h2>
      <Asked query={health} what="how every part is">
        {({ dependencies }) => (
          <ul class="health-list">
            {dependencies.map(({ name, state, since, notice }) => (
              <li key={name}>
                <strong>{name}</strong> <Badge tone={TONES[state]}>{state}</Badge>
                {state !== "up" && state !== "embedded" && state !== "off" && (
                  <span>
                    {" "}
                    <Time at={since} />: {notice}
                  </span>
                )}
              </li>
            ))}
          </ul>
        )}
      </Asked>
    </section>
  );
}

/** The first five minutes of a new tenant. */
function Start() {
  const me = useMe();
  const files = (
    <>
      PDF, Word, Markdown, HTML, code: each shows how far it is. Or <a href="/console/crawls/new">crawl a site</a>.
    </>
  );
  const steps: [string, ComponentChildren, string | null][] = [
    ["Make a collection", "A place for documents that the same people may read.", "/console/collections"],
    ["Drop files into it", files, null],
    ["Ask the Search lab", "See what is found for a question before any model answers.", "/console/search"],
    ["Make a persona", "An assistant that answers from those collections, with citations.", null],
    ["Share it", "Give a group the right to read; everybody else finds nothing.", null],
  ];
  return (
    <section class="card">
      <h2>Five steps to a cited answer</h2>
      {!permits(me, "scaimatrix:manage") && <p>Nothing is shared with you yet. Somebody who manages a collection can.</p>}
      <ol class="steps">
        {steps.map(([title, says, href]) => (
          <li key={title}>
            <strong>{href ? <a href={href}>{title}</a> : title}</strong>
            <br />
            <span class="quiet">{says}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}
