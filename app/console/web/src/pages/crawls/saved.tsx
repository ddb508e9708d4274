/** A crawl that is saved: what it reads and when, what can be done about it, and the runs it had. */

import { useLocation } from "preact-iso";
import { useEffect, useState } from "preact/hooks";
import { api, ask, type Shapes } from "../../api/client";
import { useDeed, usePages, useQuery } from "../../api/hooks";
import { permits, useMe } from "../../api/me";
import { mayWrite } from "../../parts/collections/words";
import { CopyId } from "../../parts/copy";
import { bytes, plural } from "../../parts/numbers";
import { Page } from "../../parts/page";
import { useNames } from "../../parts/people";
import { Asked, Empty, Trouble } from "../../parts/states";
import { type Column, PagedTable } from "../../parts/table";
import { Time, utc } from "../../parts/time";
import { Calls } from "./calls";
import { DeleteCrawl } from "./delete";
import { Edit } from "./edit";
import { RunState } from "./running";
import { Into } from "./into";
import { runColumns, useFresh } from "./runs";
import { Secret } from "./secret";
import { endOf, ended, hrefWith, type ListedCrawl, type Run, runHref, type Saved, savedHref, scheduleOf } from "./words";

const CRAWL = "/v1/modules/scaimatrix/crawls/{crawl_id}";
const LOOK_MS = 10_000;

export function savedColumns({ into = false } = {}): Column<ListedCrawl>[] {
  return [
    { name: "Name", wide: true, cell: ({ id, name }) => <a href={savedHref(id)}>{name}</a> },
    { name: "Address", wide: true, cell: ({ seed_url }) => seed_url },
    ...(into ? [{ name: "Into", wide: true, cell: Into }] : []),
    { name: "Runs", wide: true, cell: (crawl) => <When crawl={crawl} /> },
    { name: "Last run", cell: (crawl) => <LastRun crawl={crawl} /> },
  ];
}

function When({ crawl: { schedule, next_run_at, webhook } }: { crawl: Saved }) {
  return (
    <span>
      {schedule ? scheduleOf(schedule) : "only when it is started"}
      {webhook.enabled && ", by hand or by a signed call"}
      {next_run_at && <span class="quiet">, next {utc(next_run_at)}</span>}
    </span>
  );
}

function LastRun({ crawl: { last_run, collection_id } }: { crawl: Saved }) {
  if (!last_run) return <span class="quiet">none yet</span>;
  return (
    <span class="standing">
      <a href={runHref({ id: last_run.id, collection_id })}>
        <Time at={last_run.created_at} />
      </a>
      <RunState run={last_run} />
    </span>
  );
}

export function SavedCrawl({ id }: { id: string }) {
  const path = { crawl_id: id };
  const query = useQuery<Saved>((signal) => ask(api.GET(CRAWL, { params: { path }, signal })), [id]);
  const found = query.data;
  const collection = found?.collection_id ?? "";
  const into = useQuery(
    found
      ? (signal) =>
          ask(api.GET("/v1/modules/scaimatrix/collections/{collection_id}", { params: { path: { collection_id: collection } }, signal }))
      : null,
    [collection],
  );
  const [secret, setSecret] = useState<Shapes["CrawlChangedRead"]>();
  const going = found?.last_run ? !ended(found.last_run) : false;
  useEffect(() => {
    if (!going) return;
    const timer = setInterval(query.reload, LOOK_MS);
    return () => clearInterval(timer);
  }, [going, query.reload]);
  const writes = permits(useMe(), "scaimatrix:ingest") && into.data !== undefined && mayWrite(into.data);
  return (
    <Page
      title={found?.name ?? "Saved crawl"}
      trail={[
        { name: "Crawls", href: hrefWith("/console/crawls", { show: "saved" }) },
        ...(into.data ? [{ name: into.data.name, href: `/console/collections/${collection}` }] : []),
      ]}
      lead={found && <When crawl={found} />}
      actions={found && writes && <Deeds crawl={found} etag={query.answer?.etag ?? null} />}
    >
      {secret && <Secret of={secret} done={() => setSecret(undefined)} />}
      <Asked query={query} what="the crawl">
        {(crawl) => (
          <>
            <Facts crawl={crawl} />
            {writes && (
              <Edit
                crawl={crawl}
                etag={query.answer?.etag ?? null}
                read={() => ask(api.GET(CRAWL, { params: { path } }))}
                saved={(changed) => {
                  if (changed.webhook_secret) setSecret(changed);
                  query.reload();
                }}
              />
            )}
            <RunsOfIt key={crawl.last_run?.id} crawl={crawl} />
            {crawl.webhook.enabled && <Calls crawl={crawl} />}
          </>
        )}
      </Asked>
    </Page>
  );
}

function Facts({ crawl }: { crawl: Saved }) {
  const nameOf = useNames();
  const limits = `${plural(crawl.max_pages, "page")}, ${bytes(crawl.max_total_bytes)}, ${plural(crawl.max_depth, "link")} away at most`;
  const facts: [string, preact.ComponentChildren][] = [
    ["Begins at", crawl.seed_url],
    ["Limits", limits],
    ["Only", crawl.include_patterns.join(", ")],
    ["Not", crawl.exclude_patterns.join(", ")],
    ["Runs with the rights of", nameOf(crawl.owner_id)],
    ["Last run", <LastRun crawl={crawl} />],
    ["How that ended", crawl.last_run && whyOf(crawl.last_run, crawl)],
    ["Id", <CopyId id={crawl.id} />],
  ];
  return (
    <dl class="facts-list card">
      {facts
        .filter(([, fact]) => fact)
        .map(([name, fact]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{fact}</dd>
          </div>
        ))}
    </dl>
  );
}

function whyOf(last: NonNullable<Saved["last_run"]>, crawl: Saved): string | null {
  return endOf({ ...crawl, ...last, dry_run: false } as unknown as Run);
}

function Deeds({ crawl, etag }: { crawl: Saved; etag: string | null }) {
  const { route } = useLocation();
  const [deleting, setDeleting] = useState(false);
  const run = useDeed(async (dry_run: boolean) => {
    const params = { path: { crawl_id: crawl.id } };
    route(runHref((await ask(api.POST("/v1/modules/scaimatrix/crawls/{crawl_id}/run", { params, body: { dry_run } }))).data));
  });
  return (
    <>
      <button type="button" disabled={run.busy} onClick={() => void run.run(true)}>
        See what would be fetched
      </button>
      <button type="button" class="main" disabled={run.busy} onClick={() => void run.run(false)}>
        Run now
      </button>
      <button type="button" class="danger" onClick={() => setDeleting(true)}>
        Delete…
      </button>
      <Trouble failure={run.failure} />
      {deleting && <DeleteCrawl crawl={crawl} etag={etag} close={() => setDeleting(false)} />}
    </>
  );
}

function RunsOfIt({ crawl: { id, collection_id } }: { crawl: Saved }) {
  const pages = usePages<Run>(
    (cursor, signal) => {
      const params = { path: { collection_id }, query: { crawl_id: id, cursor, limit: 20 } };
      return ask(api.GET("/v1/modules/scaimatrix/collections/{collection_id}/crawl", { params, signal }));
    },
    [id],
  );
  useFresh(pages.items ?? [], (run) => pages.change((items) => items.map((item) => (item.id === run.id ? run : item))));
  return (
    <section>
      <h2>Runs of it</h2>
      <PagedTable
        caption="Runs of this crawl"
        columns={runColumns()}
        keyOf={(run) => run.id}
        pages={pages}
        empty={<Empty title="It has not run yet." />}
      />
    </section>
  );
}
