/** One crawl: a run, watched live, or one that is saved. */

import { useLocation, useRoute } from "preact-iso";
import { useState } from "preact/hooks";
import { api, ask } from "../api/client";
import { useDeed, useQuery } from "../api/hooks";
import { permits, useMe } from "../api/me";
import { mayWrite } from "../parts/collections/words";
import { Combobox } from "../parts/combobox";
import { CopyId } from "../parts/copy";
import { findCollections } from "../parts/finding";
import { plural } from "../parts/numbers";
import { Page } from "../parts/page";
import { Asked, Trouble } from "../parts/states";
import { SavedCrawl } from "./crawls/saved";
import { useRun } from "./crawls/following";
import { isVerdict, Ledger } from "./crawls/ledger";
import { Running } from "./crawls/running";
import { ended, hrefWith, type Run, runHref, savedHref, TRIGGERS } from "./crawls/words";
import "./crawls.css";

const TRAIL = { name: "Crawls", href: "/console/crawls" };

export default function CrawlPage() {
  const id = useRoute().params["id"] ?? "";
  const { query } = useLocation();
  if (id.startsWith("crw_")) return <SavedCrawl key={id} id={id} />;
  return query.collection ? <OneRun key={id} id={id} collection={query.collection} /> : <Which id={id} />;
}

/** A run is asked for by its collection; a link without it asks whoever follows it. */
function Which({ id }: { id: string }) {
  const { route } = useLocation();
  return (
    <Page title="Run of a crawl" trail={[TRAIL]} lead="A run is known by its collection, too. Into which did it read?">
      <div class="choosing">
        <Combobox
          name="Collection"
          find={findCollections}
          chosen={null}
          choose={(choice) => choice && route(runHref({ id, collection_id: choice.id }), true)}
        />
      </div>
    </Page>
  );
}

function OneRun({ id, collection }: { id: string; collection: string }) {
  const { query, route } = useLocation();
  const line = useRun(collection, id);
  const path = { collection_id: collection };
  const into = useQuery(
    (signal) => ask(api.GET("/v1/modules/scaimatrix/collections/{collection_id}", { params: { path }, signal })),
    [collection],
  );
  const run = line.query.data;
  const writes = into.data !== undefined && mayWrite(into.data);
  const here = (said: Record<string, string | undefined>) => hrefWith(savedHref(id), { collection, ...said });
  return (
    <Page
      title={run?.seed_url ?? "Run of a crawl"}
      trail={[TRAIL, ...(into.data ? [{ name: into.data.name, href: `/console/collections/${collection}` }] : [])]}
      actions={run && writes && <Deeds run={run} changed={line.query.set} />}
    >
      <Asked query={line.query} what="the run">
        {(run) => (
          <>
            <Facts run={run} />
            <Running run={run} line={line} />
            <Ledger
              run={run}
              wanted={{ verdict: isVerdict(query.verdict) ? query.verdict : undefined, reason: query.reason }}
              want={({ verdict, reason }) => route(here({ verdict, reason }), true)}
            />
          </>
        )}
      </Asked>
    </Page>
  );
}

function Facts({ run }: { run: Run }) {
  return (
    <p class="facts">
      <span>begun {TRIGGERS[run.trigger]}</span>
      {run.crawl_id && <a href={savedHref(run.crawl_id)}>the saved crawl</a>}
      <span>{run.max_depth === 0 ? "that page alone" : `at most ${plural(run.max_depth, "link")} away`}</span>
      {run.follow_external && <span>other hosts, too</span>}
      {run.use_sitemap && <span>with sitemaps</span>}
      {run.include_patterns.length > 0 && <span>only {run.include_patterns.join(", ")}</span>}
      {run.exclude_patterns.length > 0 && <span>not {run.exclude_patterns.join(", ")}</span>}
      <CopyId id={run.id} short />
    </p>
  );
}

/** What can be done about a run, by those who may add documents. */
function Deeds({ run, changed }: { run: Run; changed: (run: Run) => void }) {
  const { route } = useLocation();
  const [cancelling, setCancelling] = useState(false);
  const params = { path: { collection_id: run.collection_id, job_id: run.id } };
  const cancel = useDeed(async () => {
    const { data } = await ask(api.POST("/v1/modules/scaimatrix/collections/{collection_id}/crawl/{job_id}/cancel", { params }));
    setCancelling(true);
    if (ended(data)) changed(data);
  });
  const again = useDeed(async (crawl_id: string) => {
    const body = { dry_run: false };
    const { data } = await ask(api.POST("/v1/modules/scaimatrix/crawls/{crawl_id}/run", { params: { path: { crawl_id } }, body }));
    route(runHref(data));
  });
  const retry = useDeed(async () => {
    const { data } = await ask(api.POST("/v1/modules/scaimatrix/collections/{collection_id}/crawl/{job_id}/retry-failed", { params }));
    route(runHref(data));
  });
  if (!permits(useMe(), "scaimatrix:ingest")) return null;
  const busy = cancel.busy || again.busy || retry.busy;
  const words = run.dry_run ? "Begin it for real" : "Begin again";
  const { crawl_id } = run;
  return (
    <>
      {!ended(run) && (
        <button type="button" class="danger" disabled={busy || cancelling} onClick={() => void cancel.run()}>
          {cancel.busy || cancelling ? "Cancelling…" : "Cancel"}
        </button>
      )}
      {ended(run) && run.pages_failed > 0 && !run.dry_run && (
        <button type="button" disabled={busy} onClick={() => void retry.run()}>
          Ask again for what failed
        </button>
      )}
      {ended(run) &&
        (crawl_id ? (
          <button type="button" class="main" disabled={busy} onClick={() => void again.run(crawl_id)}>
            {words}
          </button>
        ) : (
          <a class="button main" href={hrefWith("/console/crawls/new", { collection: run.collection_id, again: run.id })}>
            {words}
          </a>
        ))}
      <Trouble failure={cancel.failure ?? again.failure ?? retry.failure} />
    </>
  );
}
