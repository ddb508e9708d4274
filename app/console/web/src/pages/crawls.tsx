/** Crawls: the runs there were and are, and those that are saved; of one collection or of several. */

import { useLocation } from "preact-iso";
import { api, ask } from "../api/client";
import { usePages, useQuery } from "../api/hooks";
import { permits, useMe } from "../api/me";
import { Combobox } from "../parts/combobox";
import { Field } from "../parts/field";
import { findCollections } from "../parts/finding";
import { NotAllowed, Page } from "../parts/page";
import { Asked, Empty } from "../parts/states";
import { PagedTable, Table } from "../parts/table";
import { Tabs } from "../parts/tabs";
import { useNamed } from "./access/resource";
import { together } from "./crawls/everywhere";
import { runColumns, useFresh } from "./crawls/runs";
import { savedColumns } from "./crawls/saved";
import { hrefWith, type Run, type Saved, STATUSES } from "./crawls/words";
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
            placeholder="Those made last"
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

function Runs({ collection, status }: Of) {
  return collection ? <RunsOf collection={collection} status={status} /> : <RunsOfSeveral status={status} />;
}

function readRuns(collection_id: string, query: { status?: Status; limit: number; cursor?: string }, signal: AbortSignal) {
  const params = { path: { collection_id }, query };
  return ask(api.GET("/v1/modules/scaimatrix/collections/{collection_id}/crawl", { params, signal }));
}

function RunsOf({ collection, status }: { collection: string; status: Status | undefined }) {
  const pages = usePages<Run>((cursor, signal) => readRuns(collection, { status, cursor, limit: 50 }, signal), [collection, status]);
  useFresh(pages.items ?? [], (run) => pages.change((items) => items.map((item) => (item.id === run.id ? run : item))));
  return (
    <PagedTable
      caption="Runs"
      columns={runColumns()}
      keyOf={({ id }) => id}
      pages={pages}
      empty={<NoRun asked={status !== undefined} />}
    />
  );
}

function RunsOfSeveral({ status }: { status: Status | undefined }) {
  const query = useQuery((signal) => together<Run>((id, limit) => readRuns(id, { status, limit }, signal), signal), [status]);
  useFresh(query.data?.items ?? [], (run) => {
    if (query.data) query.set({ ...query.data, items: query.data.items.map((item) => (item.id === run.id ? run : item)) });
  });
  return (
    <Asked query={query} what="runs">
      {({ items, collections, more }) => (
        <>
          {items.length === 0 && <NoRun asked={status !== undefined} />}
          {items.length > 0 && <Table caption="Runs" columns={runColumns(namesOf(collections))} items={items} keyOf={({ id }) => id} />}
          {more && <NotAll />}
        </>
      )}
    </Asked>
  );
}

function Kept({ collection }: Of) {
  return collection ? <KeptOf collection={collection} /> : <KeptOfSeveral />;
}

function readSaved(collection_id: string, query: { limit: number; cursor?: string }, signal: AbortSignal) {
  const params = { path: { collection_id }, query };
  return ask(api.GET("/v1/modules/scaimatrix/collections/{collection_id}/crawls", { params, signal }));
}

function KeptOf({ collection }: { collection: string }) {
  const pages = usePages<Saved>((cursor, signal) => readSaved(collection, { cursor, limit: 50 }, signal), [collection]);
  return <PagedTable caption="Saved crawls" columns={savedColumns()} keyOf={({ id }) => id} pages={pages} empty={<NoneSaved />} />;
}

function KeptOfSeveral() {
  const query = useQuery((signal) => together<Saved>((id, limit) => readSaved(id, { limit }, signal), signal), []);
  return (
    <Asked query={query} what="saved crawls">
      {({ items, collections, more }) => (
        <>
          {items.length === 0 && <NoneSaved />}
          {items.length > 0 && (
            <Table caption="Saved crawls" columns={savedColumns(namesOf(collections))} items={items} keyOf={({ id }) => id} />
          )}
          {more && <NotAll />}
        </>
      )}
    </Asked>
  );
}

function namesOf(collections: { id: string; name: string }[]): (id: string) => string {
  const names = new Map(collections.map(({ id, name }) => [id, name]));
  return (id) => names.get(id) ?? id;
}

function NotAll() {
  return <p class="hint">These are the newest of the collections that were made last. Choose a collection to see all of its crawls.</p>;
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
