/** One quiet line of what was done for an answer, and what was away. */

import { count, plural } from "../../parts/numbers";
import { RequestId } from "../../parts/request-id";
import type { Retrieval, Turn } from "./conversation";
import { citedIn } from "./conversation";

const WHY: Record<string, string> = {
  no_tool_calls: "its model calls no tools, so it looked in a simpler way",
  turns: "it reached its most steps and used what it had found by then",
  tokens: "it reached its most tokens and used what it had found by then",
  seconds: "it reached its time and used what it had found by then",
  rights_changed: "what you may read changed meanwhile, so it began anew",
};

const names = new Intl.ListFormat("en");

export function Happened({ turn }: { turn: Turn }) {
  const { retrieval } = turn;
  const searches = retrieval?.steps.filter((step) => step.kind === "search") ?? [];
  const found = searches.reduce((sum, step) => sum + (step.found ?? 0), 0);
  const parts = [
    retrieval?.sources.length ? `searched ${names.format(retrieval.sources.map((one) => one.name))}` : "",
    searches.length ? `${count(found)} found` : "",
    retrieval ? `${count(retrieval.citations.length)} used` : "",
    retrieval ? `${count(citedIn(turn).size)} cited` : "",
    turn.seconds === undefined ? "" : `${turn.seconds.toFixed(1)} s`,
    turn.tokens === undefined ? "" : plural(turn.tokens, "token"),
  ].filter(Boolean);
  return (
    <p class="happened quiet">
      {parts.join(" · ")}
      {turn.requestId && (
        <>
          {" "}
          <RequestId id={turn.requestId} />
        </>
      )}
    </p>
  );
}

/** What could not be asked, said plainly. */
export function Without({ retrieval }: { retrieval: Retrieval | undefined }) {
  if (!retrieval || retrieval.status === "ok") return null;
  if (retrieval.status === "empty") return <p class="notice">Nothing found that you can read.{stillToCome(retrieval)}</p>;
  const away = retrieval.sources.filter((one) => one.status === "degraded" || one.status === "partial");
  const lesser = retrieval.steps.filter((step) => step.kind === "fallback");
  return (
    <ul class="notice without">
      {away.map((one) => (
        <li key={one.name}>
          {one.status === "degraded" ? "Answered without " : "Answered with only part of "}
          {one.name}
          {one.reason ? `: ${one.reason}` : ""}. {one.fault && <code>{one.fault}</code>}
        </li>
      ))}
      {lesser.map((step) => (
        <li key={step.reason}>
          Looked in a lesser way: {WHY[step.reason ?? ""] ?? "its model could not help"}. <code>{step.reason}</code>
        </li>
      ))}
      {away.length + lesser.length === 0 && <li>Not everything could be looked at for this answer.</li>}
    </ul>
  );
}

function stillToCome(retrieval: Retrieval): string {
  const unfinished = retrieval.sources.reduce((sum, one) => sum + (one.unfinished ?? 0), 0);
  if (!unfinished) return "";
  return ` ${count(unfinished)} more ${unfinished === 1 ? "document is" : "documents are"} still being read.`;
}
