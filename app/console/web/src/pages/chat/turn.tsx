/** One question and its answer. */

import { useState } from "preact/hooks";
import { AsCode, quoted } from "../../parts/as-code";
import { CopyButton } from "../../parts/copy";
import { CHAT } from "./asking";
import { citedIn, messages, withoutMarkers, type Turn } from "./conversation";
import { Happened, Without } from "./happened";
import { Markdown } from "./markdown";

interface TurnProps {
  turn: Turn;
  before: Turn[];
  model: string;
  /** Whether its sources are those shown. */
  shown: boolean;
  show: () => void;
  /** Open what a number names. */
  open: (marker: number) => void;
  /** Ask it again, perhaps in other words; null while another answer is coming. */
  again: ((question: string) => void) | null;
}

export function TurnOf({ turn, before, model, shown, show, open, again }: TurnProps) {
  const [editing, edit] = useState<string | null>(null);
  const known = new Map(turn.retrieval?.citations.map((one) => [one.marker, one]));
  const cite = (marker: number) => {
    const named = known.get(marker);
    if (!named) return `[${marker}]`;
    const name = `[${marker}] ${named.document_name}`;
    return (
      <button type="button" class="cite" aria-label={name} title={named.document_name} onClick={() => open(marker)}>
        [{marker}]
      </button>
    );
  };
  return (
    <section class={`turn${shown ? " shown" : ""}`} aria-label={turn.question.slice(0, 80)} onPointerEnter={show} onFocusIn={show}>
      {editing === null ? (
        <div class="question">
          <p>{turn.question}</p>
          {again && (
            <button type="button" class="plain" onClick={() => edit(turn.question)}>
              Edit
            </button>
          )}
        </div>
      ) : (
        <form
          class="question editing"
          onSubmit={(event) => {
            event.preventDefault();
            if (editing.trim() && again) again(editing.trim());
            edit(null);
          }}
        >
          <textarea
            aria-label="Your question, in other words"
            rows={3}
            value={editing}
            onInput={(event) => edit(event.currentTarget.value)}
          />
          <p class="hint">What was said after it goes.</p>
          <div class="row">
            <button type="submit" class="main" disabled={!again}>
              Ask
            </button>
            <button type="button" onClick={() => edit(null)}>
              Keep as it is
            </button>
          </div>
        </form>
      )}
      <div class="answer" aria-busy={turn.state === "asking"}>
        {turn.state !== "asking" && <Happened turn={turn} />}
        <Without retrieval={turn.retrieval} />
        {turn.answer && <Markdown text={turn.answer} cite={cite} />}
        {turn.state === "asking" && (
          <p class="doing quiet" role="status">
            {turn.doing ?? (turn.answer ? "Writing…" : "Waiting for the model…")}
          </p>
        )}
        {turn.state === "stopped" && <p class="quiet">Stopped. What stands above is not a whole answer.</p>}
        {turn.wrong && (
          <p class="trouble" role="alert">
            {turn.wrong.message} <code>{turn.wrong.code}</code>
          </p>
        )}
        {turn.state !== "asking" && (
          <>
            <div class="row after">
              {again && (
                <button type="button" onClick={() => again(turn.question)}>
                  Try again
                </button>
              )}
              {turn.answer && <CopyButton text={turn.answer}>Copy</CopyButton>}
              {citedIn(turn).size > 0 && <CopyButton text={withoutMarkers(turn)}>Copy without numbers</CopyButton>}
            </div>
            <AsCode
              call={{
                method: "POST",
                path: CHAT,
                body: { model, messages: messages(before, turn.question) },
                ...(before.length ? {} : { cli: `scaigrid chat ${quoted(model)} ${quoted(turn.question)}` }),
              }}
            />
          </>
        )}
      </div>
    </section>
  );
}
