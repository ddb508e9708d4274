/** Crawls: the runs there were and are, and those that are saved; of one collection or of several. */

import { useLocation } from "preact-iso";
import { type Answer, api, ask } from "../api/client";
import { usePages } from "../api/hooks";
import { permits, useMe } from "../api/me";
import { Combobox } from "../parts/combobox";
import { Field } from "../parts/field";
import { findCollections } from "../parts/finding";
import { NotAllowed, Page } from "../parts/page";
import { Empty } from "../parts/states";
import { PagedTable } from "../parts/table";
import { Tabs } from "../parts/tabs";
import { useNamed } from "./access/resource";
import { runColumns, useFresh } from "./crawls/runs";
import { savedColumns } from "./crawls/saved";
import { hrefWith, type ListedCrawl, type ListedRun, type Run, STATUSES } from "./crawls/words";
import "./crawls.css";

type Status = Run["status"];

export default function Crawls() {
  const me = useMe();
  if (permits(me, "scaimatrix:view")) return <Shown />;
  return (
    <Page title="Crawls">
      <NotAllowed />
    </Page>
  );
}

function Shown() {
  const me = useMe();
  const { query, route } = useLocation();
  const { collection } = query;
  const status = query.status && query.status in STATUSES ? (query.status as Status) : undefined;
  const shown = query.show === "saved" ? "saved" : "runs";
  const chosen = useNamed(collection);
  const go = (next: Record<string, string | undefined>) => route(hrefWith("/console/crawls", { ...query, ...next }), true);
  const begin = permits(me, "scaimatrix:ingest") && (
    <a class="button main" href={hrefWith("/console/crawls/new", { collection })}>
      Crawl a site
    </a>
  );
  return (
    <Page title="Crawls" lead="Websites read into collections: every page becomes a document." actions={begin}>
      <Tabs
        name="Crawls"
        tabs={[{ id: "runs", name: "Runs" }, { id: "saved", name: "Saved crawls" }]}
        shown={shown}
        show={(show) => go({ show: show === "saved" ? show : undefined, status: undefined })}
      >
        <div class="choosing">
          <Combobox
            name="Collection"
            placeholder="All"
            find={findCollections}
            chosen={chosen}
            choose={(choice) => go({ collection: choice?.id })}
          />
          {shown === "runs" && <StatusChoice chosen={status} choose={(status) => go({ status })} />}
        </div>
        {shown === "runs" ? <Runs key={collection} collection={collection} status={status} /> : <Kept key={collection} collection={collection} />}
      </Tabs>
    </Page>
  );
}

function StatusChoice({ chosen, choose }: { chosen: Status | undefined; choose: (status: string | undefined) => void }) {
  return (
    <Field name="State">
      {(control) => (
        <select {...control} value={chosen ?? ""} onChange={(event) => choose(event.currentTarget.value || undefined)}>
          <option value="">any</option>
          {Object.entries(STATUSES).map(([status, { word }]) => (
            <option key={status} value={status}>
              {word}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

interface Of {
  collection: string | undefined;
  status?: Status | undefined;
}

type RunsQuery = { status?: Status; limit: number; cursor?: string };

function readRuns(collection_id: string | undefined, query: RunsQuery, signal: AbortSignal): Promise<Answer<ListedRun[]>> {
  if (!collection_id) return ask(api.GET("/v1/modules/scaimatrix/crawl", { params: { query }, signal }));
  const params = { path: { collection_id }, query };
  return ask(api.GET("/v1/modules/scaimatrix/collections/{collection_id}/crawl", { params, signal }));
}

function Runs({ collection, status }: Of) {
  const pages = usePages<ListedRun>((cursor, signal) => readRuns(collection, { status, cursor, limit: 50 }, signal), [collection, status]);
  useFresh(pages.items ?? [], (run) =>
    pages.change((items) => items.map((item) => (item.id === run.id ? { ...item, ...run } : item))),
  );
  return (
    <PagedTable
      caption="Runs"
      columns={runColumns({ into: !collection })}
      keyOf={({ id }) => id}
      pages={pages}
      empty={<NoRun asked={status !== undefined} />}
    />
  );
}

type SavedQuery = { limit: number; cursor?: string };

function readSaved(collection_id: string | undefined, query: SavedQuery, signal: AbortSignal): Promise<Answer<ListedCrawl[]>> {
  if (!collection_id) return ask(api.GET("/v1/modules/scaimatrix/crawls", { params: { query }, signal }));
  const params = { path: { collection_id }, query };
  return ask(api.GET("/v1/modules/scaimatrix/collections/{collection_id}/crawls", { params, signal }));
}

function Kept({ collection }: Of) {
  const pages = usePages<ListedCrawl>((cursor, signal) => readSaved(collection, { cursor, limit: 50 }, signal), [collection]);
  const columns = savedColumns({ into: !collection });
  return <PagedTable caption="Saved crawls" columns={columns} keyOf={({ id }) => id} pages={pages} empty={<NoneSaved />} />;
}

function NoRun({ asked }: { asked: boolean }) {
  return (
    <Empty title={asked ? "No run is in that state." : "Nothing was crawled yet."}>
      {!asked && <p>Crawl a site: give an address, see what would be fetched, and have its pages in a collection.</p>}
    </Empty>
  );
}

function NoneSaved() {
  return (
    <Empty title="No crawl is saved yet.">
      <p>Save one to have it run by itself, every night for example; pages that have not changed cost nothing.</p>
    </Empty>
  );
}
