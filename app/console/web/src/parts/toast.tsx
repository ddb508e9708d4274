/**
 * Short words at the edge. With an undo, the deed itself waits ten seconds: `later` does it unless it is taken back.
 */

import { useEffect, useState } from "preact/hooks";

const UNDO_MS = 10_000;
const SAID_MS = 5000;

interface Toast {
  id: number;
  text: string;
  undo?: () => void;
}

let toasts: Toast[] = [];
let next = 1;
const hearers = new Set<() => void>();

function put(list: Toast[]): void {
  toasts = list;
  hearers.forEach((hear) => hear());
}

function drop(id: number): void {
  put(toasts.filter((toast) => toast.id !== id));
}

/** Say something; it goes by itself. */
export function say(text: string): void {
  const id = next++;
  put([...toasts, { id, text }]);
  setTimeout(() => drop(id), SAID_MS);
}

/** Do something in ten seconds unless it is undone; leaving the page does it at once. */
export function later(text: string, deed: () => void, undone: () => void): void {
  const id = next++;
  let over = false;
  const settle = (then: () => void) => {
    if (over) return;
    over = true;
    clearTimeout(timer);
    removeEventListener("pagehide", now);
    drop(id);
    then();
  };
  const now = () => settle(deed);
  const timer = setTimeout(now, UNDO_MS);
  addEventListener("pagehide", now);
  put([...toasts, { id, text, undo: () => settle(undone) }]);
}

export function Toasts() {
  const [, redraw] = useState(0);
  useEffect(() => {
    const hear = () => redraw((before) => before + 1);
    hearers.add(hear);
    return () => void hearers.delete(hear);
  }, []);
  return (
    <div class="toasts" role="status" aria-live="polite">
      {toasts.map(({ id, text, undo }) => (
        <div key={id} class="toast">
          <span>{text}</span>
          {undo && (
            <button type="button" onClick={undo}>
              Undo
            </button>
          )}
        </div>
      ))}
    </div>
  );
}
