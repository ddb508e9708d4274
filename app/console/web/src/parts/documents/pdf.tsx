/** A PDF, a page at a time, drawn by pdf.js with its own worker from this origin; the passage lies over it in light. */

import { getDocument, GlobalWorkerOptions, type PDFDocumentProxy } from "pdfjs-dist";
import worker from "pdfjs-dist/build/pdf.worker.min.mjs?url";
import { useEffect, useRef, useState } from "preact/hooks";
import { fetchRaw } from "../../api/client";
import { asFailure, type Failure } from "../../api/failure";
import { Failed, Loading } from "../states";
import { boxesOf, type Box } from "./pdf-boxes";
import type { Passage } from "./passage";
import type { Document } from "./standing";

GlobalWorkerOptions.workerSrc = worker;
const MOST_BYTES = 100_000_000;

export default function PdfPages({ document, passage }: { document: Document; passage: Passage }) {
  const [pdf, setPdf] = useState<PDFDocumentProxy>();
  const [failure, setFailure] = useState<Failure>();
  const [number, setNumber] = useState(1);
  useEffect(() => {
    const leaving = new AbortController();
    let opened: PDFDocumentProxy | undefined;
    const open = async () => {
      const path = `/v1/modules/scaimatrix/documents/${encodeURIComponent(document.id)}/content`;
      const response = await fetchRaw(path, { signal: leaving.signal });
      if (Number(response.headers.get("Content-Length")) > MOST_BYTES) throw new Error("too large to draw here");
      const data = new Uint8Array(await response.arrayBuffer());
      opened = await getDocument({ data, isEvalSupported: false, useWasm: false, useSystemFonts: true, verbosity: 0 }).promise;
      if (leaving.signal.aborted) void opened.loadingTask.destroy();
      else setPdf(opened);
    };
    open().catch((thrown: unknown) => !leaving.signal.aborted && setFailure(asFailure(thrown)));
    return () => {
      leaving.abort();
      void opened?.loadingTask.destroy();
    };
  }, [document.id, document.content_version]);
  useEffect(() => {
    if (passage.page) setNumber(passage.page);
  }, [passage.page, passage.start]);
  if (failure) return <Failed failure={failure} />;
  if (!pdf) return <Loading what="the pages" />;
  const shown = Math.min(Math.max(1, number), pdf.numPages);
  return (
    <>
      <p class="row">
        <button type="button" disabled={shown <= 1} onClick={() => setNumber(shown - 1)}>
          Previous
        </button>
        <span aria-live="polite">
          Page {shown} of {pdf.numPages}
        </span>
        <button type="button" disabled={shown >= pdf.numPages} onClick={() => setNumber(shown + 1)}>
          Next
        </button>
      </p>
      <Sheet key={shown} pdf={pdf} number={shown} wanted={passage.page && passage.page <= shown ? (passage.chunk?.content ?? "") : ""} />
    </>
  );
}

function Sheet({ pdf, number, wanted }: { pdf: PDFDocumentProxy; number: number; wanted: string }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [boxes, setBoxes] = useState<Box[]>([]);
  const [text, setText] = useState("");
  const first = useRef<HTMLSpanElement>(null);
  useEffect(() => {
    let gone = false;
    const draw = async () => {
      const page = await pdf.getPage(number);
      const viewport = page.getViewport({ scale: 1.6 });
      const content = await page.getTextContent();
      if (gone || !canvas.current) return;
      canvas.current.width = viewport.width;
      canvas.current.height = viewport.height;
      const found = boxesOf(content.items, viewport, wanted);
      setText(found.text);
      setBoxes(found.boxes);
      await page.render({ canvas: canvas.current, viewport }).promise;
    };
    void draw();
    return () => {
      gone = true;
    };
  }, [pdf, number, wanted]);
  useEffect(() => first.current?.scrollIntoView({ block: "center" }), [boxes]);
  return (
    <div class="sheet">
      <canvas ref={canvas} role="img" aria-label={`Page ${number}: ${text.slice(0, 2000)}`} />
      {boxes.map((box, index) => (
        <span
          key={index}
          ref={index === 0 ? first : null}
          class="light"
          style={{ left: `${box.left}%`, top: `${box.top}%`, width: `${box.width}%`, height: `${box.height}%` }}
        />
      ))}
    </div>
  );
}
