import { useState } from "preact/hooks";

const SAID_MS = 1500;

function useCopying(text: string): [boolean, () => void] {
  const [copied, setCopied] = useState(false);
  const copy = () => {
    void navigator.clipboard.writeText(text).then(() => {
      setCopied(true);
      setTimeout(() => setCopied(false), SAID_MS);
    });
  };
  return [copied, copy];
}

/** An id, as a button that copies it. */
export function CopyId({ id, short = false }: { id: string; short?: boolean }) {
  const [copied, copy] = useCopying(id);
  const shown = short && id.length > 14 ? `${id.slice(0, 4)}…${id.slice(-6)}` : id;
  return (
    <button type="button" class="id" title={`Copy ${id}`} aria-label={`Copy the id ${shown}`} onClick={copy}>
      <code>{shown}</code>
      <span class="copied" aria-live="polite">
        {copied ? "copied" : ""}
      </span>
    </button>
  );
}

export function CopyButton({ text, children }: { text: string; children: string }) {
  const [copied, copy] = useCopying(text);
  return (
    <button type="button" onClick={copy}>
      {children}
      <span aria-live="polite">{copied ? " · copied" : ""}</span>
    </button>
  );
}
