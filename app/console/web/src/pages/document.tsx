import { useLocation, useRoute } from "preact-iso";
import { useEffect, useState } from "preact/hooks";
import { api, ask } from "../api/client";
import { useEvents, usePages, useQuery } from "../api/hooks";
import { CopyId } from "../parts/copy";
import { WhoSees } from "../parts/documents/access";
import { ChunkList } from "../parts/documents/chunks";
import { History } from "../parts/documents/history";
import { passageOf } from "../parts/documents/passage";
import { Source } from "../parts/documents/source";
import { inWork, Standing, type Document } from "../parts/documents/standing";
import { bytes } from "../parts/numbers";
import { Page } from "../parts/page";
import { Empty, Failed, Loading } from "../parts/states";
import { More } from "../parts/table";
import { Tabs } from "../parts/tabs";

export default function DocumentPage() {
  const id = useRoute().params["id"] ?? "";
  return <One key={id} id={id} />;
}

/** The source beside its chunks; `?chunk=chk_…`, or `?span=p3:120-162`, opens at that passage. */
function One({ id }: { id: string }) {
  const { query } = useLocation();
  const params = { path: { document_id: id } };
  const [tab, setTab] = useState("chunks");
  const [lit, setLit] = useState<string | null>(query["chunk"] ?? null);
  const document = useQuery((signal) => ask(api.GET("/v1/modules/scaimatrix/documents/{document_id}", { params, signal })), [id]);
  const found = document.data;
  const collectionId = found?.collection_id ?? "";
  const collection = useQuery(
    found
      ? (signal) =>
          ask(api.GET("/v1/modules/scaimatrix/collections/{collection_id}", { params: { path: { collection_id: collectionId } }, signal }))
      : null,
    [collectionId],
  );
  const chunks = usePages(
    (cursor, signal) =>
      ask(api.GET("/v1/modules/scaimatrix/documents/{document_id}/chunks", { params: { ...params, query: { cursor, limit: 100 } }, signal })),
    [id, found?.chunk_count, found?.content_version],
  );
  const events = `/v1/modules/scaimatrix/collections/${collectionId}/documents/${encodeURIComponent(id)}/events`;
  useEvents(found && inWork(found) ? events : null, ({ data }) => {
    if (found) document.set({ ...found, ...(data as Partial<Document>) });
  });
  const passage = passageOf(query, chunks.items ?? [], lit);
  const looking = passage.lost && chunks.hasMore; // it may stand further down than what has come so far
  useEffect(() => {
    if (looking && !chunks.loading && !chunks.failure) chunks.more();
  }, [looking, chunks.loading, chunks.more]);
  if (!found)
    return (
      <Page title="Document">
        {document.failure ? <Failed failure={document.failure} retry={document.reload} /> : <Loading what="the document" />}
      </Page>
    );
  return (
    <Page
      title={found.name}
      trail={[
        { name: "Collections", href: "/console/collections" },
        { name: collection.data?.name ?? "Collection", href: `/console/collections/${collectionId}` },
      ]}
    >
      <p class="facts">
        <Standing document={found} />
        <span>{found.mime_type ?? "of no known type"}</span>
        <span>{bytes(found.size_bytes)}</span>
        {found.source_url && (
          <a href={found.source_url} rel="noreferrer noopener" target="_blank">
            where it is from
          </a>
        )}
        <CopyId id={found.id} />
      </p>
      {passage.lost && !looking && (
        <p class="notice" role="status">
          The document has changed since: that passage is no longer in it.{" "}
          {query["quote"] && <q>{query["quote"]}</q>}
        </p>
      )}
      <div class="beside">
        <section class="card source" aria-label="The source">
          <Source document={found} chunks={chunks.items ?? []} passage={passage} choose={setLit} />
        </section>
        <section class="card about" aria-label="About it">
          <Tabs
            name="About this document"
            tabs={[
              { id: "chunks", name: "Chunks" },
              { id: "access", name: "Access" },
              { id: "history", name: "History" },
            ]}
            shown={tab}
            show={setTab}
          >
            {tab === "chunks" &&
              (chunks.items ? (
                <>
                  <ChunkList chunks={chunks.items} lit={passage.chunk?.id ?? null} choose={setLit} />
                  {chunks.items.length === 0 && <Empty title="It has no chunks yet." />}
                  <More pages={chunks} />
                </>
              ) : chunks.failure ? (
                <Failed failure={chunks.failure} retry={chunks.reload} />
              ) : (
                <Loading what="chunks" />
              ))}
            {tab === "access" && <WhoSees id={id} />}
            {tab === "history" && <History document={found} />}
          </Tabs>
        </section>
      </div>
    </Page>
  );
}
