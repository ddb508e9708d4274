/** A passage where it stands in its document, the quoted words marked; arrows go through all there are. */

import { useEffect, useRef } from "preact/hooks";
import { api, ask, type Answer, type Shapes } from "../../api/client";
import { useQuery } from "../../api/hooks";
import { Asked } from "../../parts/states";
import type { Citation } from "./conversation";
import { outside } from "./markdown";

type Chunk = Shapes["ChunkRead"];

const AROUND = 2; // chunks shown before and after the one cited
const MOST_PAGES = 50;

interface SourceProps {
  citations: Citation[];
  at: number;
  go: (at: number) => void;
  close: () => void;
}

export function Source({ citations, at, go, close }: SourceProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  const shown = citations[at];
  useEffect(() => heading.current?.focus(), [shown?.marker]);
  if (!shown) return null;
  const step = (by: number) => go((at + by + citations.length) % citations.length);
  const press = (event: KeyboardEvent) => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (by && citations.length > 1) step(by);
    else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
  };
  return (
    <section class="card source" aria-label="Source" onKeyDown={press}>
      <header class="row">
        <button type="button" aria-label="Previous source" disabled={citations.length < 2} onClick={() => step(-1)}>
          ‹
        </button>
        <span class="quiet" aria-live="polite">
          {at + 1} of {citations.length}
        </span>
        <button type="button" aria-label="Next source" disabled={citations.length < 2} onClick={() => step(1)}>
          ›
        </button>
        <button type="button" class="plain close" aria-label="Close the source" onClick={close}>
          ✕
        </button>
      </header>
      <h2 ref={heading} tabIndex={-1}>
        [{shown.marker}] {shown.document_name}
      </h2>
      <p class="quiet">
        {shown.source_name}
        {shown.page !== null && ` · page ${shown.page}`} · score {shown.score.toFixed(2)}
      </p>
      {shown.document_id ? <Passage key={shown.marker} citation={shown} id={shown.document_id} /> : <Elsewhere citation={shown} />}
    </section>
  );
}

/** What is kept in a place of others, or may not be opened whole, is shown as far as it was quoted. */
function Elsewhere({ citation, hint }: { citation: Citation; hint?: string }) {
  const href = outside(citation.url);
  return (
    <>
      <blockquote>
        <mark>{citation.quote}</mark>
      </blockquote>
      {hint && <p class="hint">{hint}</p>}
      {href && (
        <p>
          <a href={href} target="_blank" rel="noopener noreferrer">
            Open where it is kept
          </a>
        </p>
      )}
    </>
  );
}

function Passage({ citation, id }: { citation: Citation; id: string }) {
  const text = useQuery((signal) => around(id, citation.chunk_id, signal), [id, citation.chunk_id]);
  if (text.failure?.missing) return <Elsewhere citation={citation} hint="The quoted words are all of it that can be shown to you here." />;
  const place = citation.chunk_id ? `?chunk=${encodeURIComponent(citation.chunk_id)}` : "";
  return (
    <>
      <Asked query={text} what="the document">
        {(chunks) => <Chunks chunks={chunks} citation={citation} />}
      </Asked>
      <p>
        <a href={`/console/documents/${id}${place}`}>Open the document</a>
      </p>
    </>
  );
}

function Chunks({ chunks, citation }: { chunks: Chunk[]; citation: Citation }) {
  const mark = useRef<HTMLElement>(null);
  useEffect(() => mark.current?.scrollIntoView({ block: "center" }), [chunks]);
  if (chunks.length === 0)
    return (
      <>
        <p class="notice">The document has changed since: the quoted words stand there no more as they did.</p>
        <blockquote>{citation.quote}</blockquote>
      </>
    );
  return (
    <div class="passage" tabIndex={0} role="group" aria-label={`Text of ${citation.document_name}`}>
      {chunks.map((chunk, number) => {
        const text = withoutOverlap(chunk, chunks[number - 1], citation.chunk_id);
        return <p key={chunk.id}>{chunk.id === citation.chunk_id ? marked(text, citation.quote, mark) : text}</p>;
      })}
    </div>
  );
}

/** Chunks repeat the end of the one before; only the one cited is shown whole. */
function withoutOverlap(chunk: Chunk, before: Chunk | undefined, whole: string | null): string {
  const repeated = before && chunk.id !== whole ? before.end - chunk.start : 0;
  const exact = chunk.content.length === chunk.end - chunk.start;
  return exact && repeated > 0 ? chunk.content.slice(repeated) : chunk.content;
}

function marked(text: string, quote: string, mark: { current: HTMLElement | null }) {
  const from = quote ? text.indexOf(quote) : -1;
  if (from < 0) return <mark ref={mark}>{text}</mark>;
  return (
    <>
      {text.slice(0, from)}
      <mark ref={mark}>{quote}</mark>
      {text.slice(from + quote.length)}
    </>
  );
}

/** The chunk of that id and what stands around it; none where it is no more. */
async function around(id: string, chunk: string | null, signal: AbortSignal): Promise<Answer<Chunk[]>> {
  let cursor: string | undefined;
  let seen: Chunk[] = [];
  for (let page = 0; page < MOST_PAGES; page++) {
    const query = { limit: 100, order: "asc" as const, cursor };
    const answer = await ask(
      api.GET("/v1/modules/scaimatrix/documents/{document_id}/chunks", { params: { path: { document_id: id }, query }, signal }),
    );
    seen = [...seen, ...answer.data];
    const at = seen.findIndex((one) => one.id === chunk);
    if (at >= 0 && (seen.length > at + AROUND || !answer.meta.next_cursor))
      return { ...answer, data: seen.slice(Math.max(0, at - AROUND), at + AROUND + 1) };
    if (!answer.meta.next_cursor) return { ...answer, data: [] };
    cursor = answer.meta.next_cursor;
    if (at < 0) seen = seen.slice(-AROUND);
  }
  throw new Error("too long to look through");
}
