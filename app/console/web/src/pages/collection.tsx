import { useRoute } from "preact-iso";
import { useState } from "preact/hooks";
import { api, ask } from "../api/client";
import { usePages, useQuery } from "../api/hooks";
import { permits, useMe } from "../api/me";
import { Badge } from "../parts/badge";
import { DeleteCollection } from "../parts/collections/delete";
import { Rechunk } from "../parts/collections/rechunk";
import { mayManage, mayWrite, readersOf } from "../parts/collections/words";
import { CopyId } from "../parts/copy";
import { useDocuments } from "../parts/documents/following";
import { DocumentRows } from "../parts/documents/rows";
import type { Document } from "../parts/documents/standing";
import { useUploads } from "../parts/documents/uploading";
import { DropZone, UploadButton } from "../parts/documents/upload";
import { bytes, plural } from "../parts/numbers";
import { Page } from "../parts/page";
import { Asked, Empty, Failed, Loading, Trouble } from "../parts/states";
import { More } from "../parts/table";

const FILTERS = ["all", "pending", "processing", "chunking", "embedding", "graph_extracting", "indexed", "failed"] as const;

export default function CollectionPage() {
  const id = useRoute().params["id"] ?? "";
  return <One key={id} id={id} />;
}

function One({ id }: { id: string }) {
  const me = useMe();
  const path = { collection_id: id };
  const [status, setStatus] = useState<(typeof FILTERS)[number]>("all");
  const [name, setName] = useState("");
  const [deleting, setDeleting] = useState(false);
  const collection = useQuery(
    (signal) => ask(api.GET("/v1/modules/scaimatrix/collections/{collection_id}", { params: { path }, signal })),
    [id],
  );
  const documents = usePages(
    (cursor, signal) => {
      const query = { cursor, limit: 50, ...(name ? { name } : {}), ...(status === "all" ? {} : { status }) };
      return ask(api.GET("/v1/modules/scaimatrix/collections/{collection_id}/documents", { params: { path, query }, signal }));
    },
    [id, status, name],
  );
  const root = `/v1/modules/scaimatrix/collections/${encodeURIComponent(id)}`;
  const line = useDocuments(collection.data ? `${root}/events` : null, documents, collection.reload);
  const uploads = useUploads<Document>(`${root}/documents`, (made) =>
    documents.change((items) => [made, ...items.filter((item) => item.id !== made.id)]),
  );
  const found = collection.data;
  if (!found)
    return (
      <Page title="Collection">
        {collection.failure ? <Failed failure={collection.failure} retry={collection.reload} /> : <Loading what="the collection" />}
      </Page>
    );
  const writes = mayWrite(found) && permits(me, "scaimatrix:ingest");
  const failed = (documents.items ?? []).filter((item) => item.status === "failed").length;
  return (
    <DropZone take={writes ? uploads.add : null}>
      <Page
        title={found.name}
        trail={[{ name: "Collections", href: "/console/collections" }]}
        lead={found.description || `Readers: ${readersOf(found)}.`}
        actions={
          <>
            {writes && <UploadButton take={uploads.add} />}
            {writes && (
              <a class="button" href={`/console/crawls/new?collection=${id}`}>
                Crawl a site
              </a>
            )}
            <a class="button" href={`/console/search?collection=${id}`}>
              Search lab
            </a>
            {mayManage(found) && (
              <button type="button" class="danger" onClick={() => setDeleting(true)}>
                Delete…
              </button>
            )}
          </>
        }
      >
        <p class="facts">
          <span>{plural(found.document_count, "document")}</span>
          <span>{plural(found.chunk_count, "chunk")}</span>
          <span>{bytes(found.total_size_bytes)}</span>
          <span>cut by {found.chunking_strategy}, {found.chunk_size} tokens</span>
          {failed > 0 && <Badge tone="bad">{`${failed} failed`}</Badge>}
          <a href={`/console/crawls?collection=${id}`}>crawls</a>
          <CopyId id={found.id} />
          {!line.standing && <Badge tone="warn">live news interrupted, trying again</Badge>}
        </p>
        {mayManage(found) && <Rechunk id={id} />}
        <div class="filters">
          <div class="row" role="group" aria-label="Which documents">
            {FILTERS.map((filter) => (
              <button key={filter} type="button" aria-pressed={status === filter} onClick={() => setStatus(filter)}>
                {filter.replace("_", " ")}
              </button>
            ))}
          </div>
          <input
            type="search"
            aria-label="Only documents whose name begins so"
            placeholder="Name begins with"
            value={name}
            onInput={(event) => setName(event.currentTarget.value)}
          />
        </div>
        {line.fresh > 0 && (
          <p>
            <button type="button" onClick={() => (line.seen(), documents.reload())}>
              Show what is new ({line.fresh})
            </button>
          </p>
        )}
        <Trouble failure={line.failure} />
        <Asked query={{ ...collection, data: documents.items, failure: documents.failure, reload: documents.reload, answer: undefined, set: () => undefined }} what="documents">
          {(items) => (
            <>
              <DocumentRows
                items={items}
                sendings={uploads.sendings}
                forget={uploads.drop}
                writes={writes}
                change={documents.change}
                reload={documents.reload}
              />
              {items.length === 0 && uploads.sendings.length === 0 && (
                <Empty title={status === "all" && !name ? "No document yet." : "No document is like that."}>
                  {writes && <p>Drop files anywhere on this page, choose them with Upload, or crawl a site.</p>}
                </Empty>
              )}
            </>
          )}
        </Asked>
        <More pages={documents} />
      </Page>
      {deleting && <DeleteCollection collection={found} etag={collection.answer?.etag} close={() => setDeleting(false)} />}
    </DropZone>
  );
}
