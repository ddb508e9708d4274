/** Talking to a model or an assistant, with what each answer was made from beside it. */

import { useLocation } from "preact-iso";
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { Combobox } from "../parts/combobox";
import { Page } from "../parts/page";
import { Empty } from "../parts/states";
import { bodyOf, put } from "./chat/asking";
import { keep, messages, recall, type Conversation, type Turn } from "./chat/conversation";
import { findModels } from "./chat/models";
import { Source } from "./chat/source";
import { Sources } from "./chat/sources";
import { TurnOf } from "./chat/turn";
import "./chat.css";

export default function Chat() {
  const { query, route } = useLocation();
  const [kept] = useState(recall);
  useEffect(() => {
    if (kept.model && !query.model) route(`/console/chat?model=${encodeURIComponent(kept.model)}`, true);
  }, [kept]);
  return (
    <Page title="Chat" lead="Ask an assistant or a model. It answers from what you may read, and shows from where.">
      <Talk kept={kept} model={query.model ?? kept.model} />
    </Page>
  );
}

/** Keep a conversation when something begins or ends, and when the page is left in the middle of an answer. */
function useKept(conversation: Conversation, asking: boolean): void {
  const latest = useRef(conversation);
  latest.current = conversation;
  useEffect(() => keep(latest.current), [asking, conversation.turns.length, conversation.model]);
  useEffect(() => {
    const leave = () => keep(latest.current);
    addEventListener("pagehide", leave);
    return () => {
      removeEventListener("pagehide", leave);
      leave();
    };
  }, []);
}

function Talk({ kept, model }: { kept: Conversation; model: string }) {
  const { route } = useLocation();
  const [turns, setTurns] = useState<Turn[]>(kept.turns);
  const [typed, setTyped] = useState("");
  const [shown, show] = useState<string>();
  const [opened, setOpened] = useState<{ turn: string; marker: number }>();
  const came = useRef<HTMLElement | null>(null);
  const running = useRef<AbortController | null>(null);
  const asking = turns.some((turn) => turn.state === "asking");
  useKept({ model, turns }, asking);
  useEffect(() => () => running.current?.abort(), []);

  const ask = useCallback(
    (before: Turn[], question: string) => {
      const turn: Turn = { id: crypto.randomUUID(), question, answer: "", state: "asking" };
      running.current = new AbortController();
      setOpened(undefined);
      show(turn.id);
      setTurns([...before, turn]);
      const change = (how: (turn: Turn) => Partial<Turn>) =>
        setTurns((all) => all.map((one) => (one.id === turn.id ? { ...one, ...how(one) } : one)));
      void put(bodyOf(model, messages(before, question)), change, running.current.signal);
    },
    [model],
  );
  const open = (turn: string, marker: number) => {
    came.current = document.activeElement instanceof HTMLElement ? document.activeElement : null;
    show(turn);
    setOpened({ turn, marker });
  };
  const close = () => {
    setOpened(undefined);
    came.current?.focus();
  };
  const beside = turns.find((turn) => turn.id === (opened?.turn ?? shown)) ?? turns.at(-1);
  const citations = beside?.retrieval?.citations ?? [];
  const submit = () => {
    const question = typed.trim();
    if (!question || !model || asking) return;
    setTyped("");
    ask(turns, question);
  };
  return (
    <div class="chat">
      <div class="talk">
        <div class="with">
          <Combobox
            name="Assistant or model"
            find={findModels}
            chosen={model ? { id: model, name: model } : null}
            choose={(choice) => route(choice ? `/console/chat?model=${encodeURIComponent(choice.id)}` : "/console/chat", true)}
            placeholder="tenant/acme/support"
          />
          {turns.length > 0 && (
            <button type="button" disabled={asking} onClick={() => (setTurns([]), setOpened(undefined))}>
              Begin anew
            </button>
          )}
        </div>
        {turns.length === 0 && (
          <Empty title={model ? "Nothing asked yet." : "Choose whom to ask."}>
            <p class="quiet">The conversation stays in this tab, and goes when you sign out.</p>
          </Empty>
        )}
        {turns.map((turn, number) => (
          <TurnOf
            key={turn.id}
            turn={turn}
            before={turns.slice(0, number)}
            model={model}
            shown={turn.id === beside?.id}
            show={() => !opened && show(turn.id)}
            open={(marker) => open(turn.id, marker)}
            again={asking || !model ? null : (question) => ask(turns.slice(0, number), question)}
          />
        ))}
        <form class="ask" onSubmit={(event) => (event.preventDefault(), submit())}>
          <label class="unseen" for="question">
            Your question
          </label>
          <textarea
            id="question"
            rows={3}
            value={typed}
            placeholder="Ask a question. Enter sends, Shift and Enter makes a new line."
            onInput={(event) => setTyped(event.currentTarget.value)}
            onKeyDown={(event) => {
              if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
              event.preventDefault();
              submit();
            }}
          />
          {asking ? (
            <button type="button" onClick={() => running.current?.abort()}>
              Stop
            </button>
          ) : (
            <button type="submit" class="main" disabled={!typed.trim() || !model}>
              Ask
            </button>
          )}
        </form>
      </div>
      {beside && (
        <div class="beside">
          {opened ? (
            <Source
              citations={citations}
              at={Math.max(0, citations.findIndex((one) => one.marker === opened.marker))}
              go={(at) => setOpened({ turn: opened.turn, marker: citations[at]?.marker ?? opened.marker })}
              close={close}
            />
          ) : (
            <div class="card">
              <h2>Sources</h2>
              <Sources turn={beside} open={(marker) => open(beside.id, marker)} />
            </div>
          )}
        </div>
      )}
    </div>
  );
}
