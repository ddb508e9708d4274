import { useState } from "preact/hooks";
import { api, ask, type Shapes } from "../api/client";
import { usePages } from "../api/hooks";
import { permits, useMe } from "../api/me";
import { Badge } from "../parts/badge";
import { CreateCollection } from "../parts/collections/create";
import { readersOf } from "../parts/collections/words";
import { bytes, count } from "../parts/numbers";
import { Page } from "../parts/page";
import { Empty } from "../parts/states";
import { PagedTable, type Column } from "../parts/table";
import { Time } from "../parts/time";

type Collection = Shapes["CollectionRead"];

const COLUMNS: Column<Collection>[] = [
  {
    name: "Name",
    wide: true,
    cell: ({ id, name, slug }) => (
      <span>
        <a href={`/console/collections/${id}`}>
          <strong>{name}</strong>
        </a>{" "}
        <span class="quiet">{slug}</span>
      </span>
    ),
  },
  { name: "Documents", number: true, cell: ({ document_count }) => count(document_count) },
  { name: "Chunks", number: true, cell: ({ chunk_count }) => count(chunk_count) },
  { name: "Size", number: true, cell: ({ total_size_bytes }) => bytes(total_size_bytes) },
  { name: "Readers", cell: (collection) => readersOf(collection) },
  { name: "Index", cell: (collection) => <IndexState collection={collection} /> },
  { name: "Changed", cell: ({ updated_at }) => <Time at={updated_at} /> },
];

export default function Collections() {
  const me = useMe();
  const [creating, setCreating] = useState(false);
  const pages = usePages(
    (cursor, signal) => ask(api.GET("/v1/modules/scaimatrix/collections", { params: { query: { cursor, limit: 50 } }, signal })),
    [],
  );
  const mayCreate = permits(me, "scaimatrix:manage");
  const create = mayCreate && (
    <button type="button" class="main" onClick={() => setCreating(true)}>
      New collection
    </button>
  );
  return (
    <Page title="Collections" lead="What is shared with you; each has its own readers and its own index." actions={create}>
      <PagedTable
        caption="Collections"
        columns={COLUMNS}
        keyOf={({ id }) => id}
        pages={pages}
        empty={
          <Empty title="No collection is shared with you yet.">
            <p>{mayCreate ? "Make one, then drop files into it." : "Somebody who manages a collection can share it with you."}</p>
          </Empty>
        }
      />
      {creating && <CreateCollection close={() => setCreating(false)} />}
    </Page>
  );
}

function IndexState({ collection }: { collection: Collection }) {
  const { rechunk_status, rechunk_processed, rechunk_total } = collection;
  if (rechunk_status === "running" || rechunk_status === "queued")
    return <Badge tone="busy">{`being made anew, ${rechunk_processed}/${rechunk_total}`}</Badge>;
  if (rechunk_status === "failed") return <Badge tone="bad">re-chunking failed</Badge>;
  return collection.chunk_count > 0 ? <Badge tone="good">ready</Badge> : <Badge>empty</Badge>;
}
