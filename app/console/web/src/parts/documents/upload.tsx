import type { ComponentChildren } from "preact";
import { useRef, useState } from "preact/hooks";

type Take = (files: Iterable<File>) => void;

export function UploadButton({ take }: { take: Take }) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <button type="button" class="main" onClick={() => input.current?.click()}>
        Upload
      </button>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        aria-label="Files to upload"
        onChange={(event) => {
          take(Array.from(event.currentTarget.files ?? []));
          event.currentTarget.value = "";
        }}
      />
    </>
  );
}

/** Files may be dropped anywhere on what is inside; `take` null refuses them. */
export function DropZone({ take, children }: { take: Take | null; children: ComponentChildren }) {
  const [over, setOver] = useState(false);
  const holdsFiles = (event: DragEvent) => take !== null && (event.dataTransfer?.types.includes("Files") ?? false);
  return (
    <div
      class={over ? "dropping" : ""}
      onDragOver={(event) => {
        if (!holdsFiles(event)) return;
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={(event) => event.currentTarget === event.target && setOver(false)}
      onDrop={(event) => {
        setOver(false);
        if (!holdsFiles(event)) return;
        event.preventDefault();
        take?.(Array.from(event.dataTransfer?.files ?? []));
      }}
    >
      {children}
    </div>
  );
}
