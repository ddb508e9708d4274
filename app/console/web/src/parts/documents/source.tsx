/** The source: pages of a PDF as they look, anything else as the text that was read, with its chunks marked along it. */

import { lazy } from "preact-iso";
import { useEffect, useRef } from "preact/hooks";
import { useDeed } from "../../api/hooks";
import { save } from "../saving";
import { Empty, Trouble } from "../states";
import { piecesOf, type Chunk, type Passage } from "./passage";
import type { Document } from "./standing";

const PdfPages = lazy(() => import("./pdf"));

interface SourceProps {
  document: Document;
  chunks: Chunk[];
  passage: Passage;
  choose: (id: string) => void;
}

export function Source({ document, chunks, passage, choose }: SourceProps) {
  const isPdf = document.mime_type === "application/pdf";
  return (
    <>
      <header class="row source-head">
        <h2>{isPdf ? "As it looks" : "As it was read"}</h2>
        <Save document={document} />
      </header>
      {isPdf ? (
        <PdfPages document={document} passage={passage} />
      ) : (
        <Text chunks={chunks} passage={passage} choose={choose} code={isCode(document)} />
      )}
    </>
  );
}

function isCode({ mime_type, name }: Document): boolean {
  return /x-|json|javascript|typescript/.test(mime_type ?? "") || /\.(py|ts|js|go|java|c|h|rs|rb|sh|sql)$/.test(name);
}

function Text({ chunks, passage, choose, code }: Omit<SourceProps, "document"> & { code: boolean }) {
  const mark = useRef<HTMLElement>(null);
  useEffect(() => {
    mark.current?.scrollIntoView({ block: "center" });
  }, [passage.start, passage.end]);
  if (chunks.length === 0) return <Empty title="There is no text of it yet." />;
  const parity = new Map(chunks.map((chunk, index) => [chunk.id, index % 2]));
  let marked = false;
  return (
    <div class={code ? "text code" : "text"} tabIndex={0} role="region" aria-label="Text">
      {piecesOf(chunks, passage).map((piece) => {
        const first = piece.lit && !marked;
        marked ||= piece.lit;
        if (piece.lit)
          return (
            <mark key={piece.start} ref={first ? mark : null}>
              {piece.text}
            </mark>
          );
        return (
          <span
            key={piece.start}
            class={piece.chunk ? `chunk-${parity.get(piece.chunk.id) ?? 0}` : ""}
            onClick={() => piece.chunk && choose(piece.chunk.id)}
          >
            {piece.text || " … "}
          </span>
        );
      })}
    </div>
  );
}

/** The file as it came, saved. */
function Save({ document: { id, name } }: { document: Document }) {
  const saving = useDeed(() => save(`/v1/modules/scaimatrix/documents/${encodeURIComponent(id)}/content`, name));
  return (
    <>
      <button type="button" disabled={saving.busy} onClick={() => void saving.run()}>
        {saving.busy ? "Fetching…" : "Save the file"}
      </button>
      <Trouble failure={saving.failure} />
    </>
  );
}
