/** The browser's own dialog: it keeps the focus inside and gives it back. */

import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import type { Failure } from "../api/failure";
import { Trouble } from "./states";

interface DialogProps {
  title: string;
  close: () => void;
  children: ComponentChildren;
  wide?: boolean;
}

export function Dialog({ title, close, children, wide = false }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const name = useId();
  useEffect(() => dialog.current?.showModal(), []);
  const outside = (event: MouseEvent) => event.target === dialog.current && close();
  return (
    <dialog ref={dialog} class={wide ? "wide" : ""} aria-labelledby={name} onClose={close} onMouseDown={outside}>
      <div class="dialog">
        <header>
          <h2 id={name}>{title}</h2>
          <button type="button" class="plain" aria-label="Close" onClick={close}>
            ✕
          </button>
        </header>
        {children}
      </div>
    </dialog>
  );
}

interface ConfirmProps {
  title: string;
  /** What will be lost, in numbers. */
  children: ComponentChildren;
  /** What must be typed: the name of the thing. */
  typed?: string;
  deed: string;
  run: () => void;
  busy: boolean;
  failure?: Failure | undefined;
  close: () => void;
}

/** Asks before something is lost; with `typed`, the name of the thing is to be typed. */
export function Confirm({ title, children, typed, deed, run, busy, failure, close }: ConfirmProps) {
  const [said, setSaid] = useState("");
  const ready = !typed || said === typed;
  const submit = (event: Event) => {
    event.preventDefault();
    if (ready && !busy) run();
  };
  return (
    <Dialog title={title} close={close}>
      <form onSubmit={submit}>
        {children}
        {typed && (
          <label class="field">
            <span class="field-name">
              Type <code>{typed}</code> to go on
            </span>
            <input value={said} autocomplete="off" spellcheck={false} onInput={(event) => setSaid(event.currentTarget.value)} />
          </label>
        )}
        <Trouble failure={failure} />
        <footer>
          <button type="button" onClick={close}>
            Keep
          </button>
          <button type="submit" class="danger" disabled={!ready || busy}>
            {busy ? "Working…" : deed}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}
