/** What one reader was answered, from what, and what that is worth and why. */

import type { Shapes } from "../../api/client";
import { Badge } from "../../parts/badge";
import { count, plural } from "../../parts/numbers";
import { inOrder, nameOf, shown } from "./metrics";

export type Answered = Shapes["EvalAnswerRead"];
type Score = Shapes["EvalScoreRead"];

const LEAKED: Record<string, string> = {
  passage: "a passage its reader may not read",
  quote: "words of a document its reader may not read",
  title: "the name of a document its reader may not read",
  forbidden: "what the case forbids",
};

export function AnswerBody({ of: answer }: { of: Answered }) {
  if (answer.stage === "queued") return <p class="quiet">No answer yet.</p>;
  if (answer.withheld) return <p class="quiet">It is made of something that you may not read, or not measured yet: withheld.</p>;
  if (answer.stage === "failed")
    return (
      <p class="trouble">
        It got no answer. {answer.error_message} <code>{answer.error_code}</code>
      </p>
    );
  return (
    <>
      {answer.leaked && (
        <p class="trouble leak">
          <strong>It leaks:</strong> it shows {[...new Set(answer.leaks)].map((kind) => LEAKED[kind] ?? kind).join(", and ") || "what its reader must not be shown"}.
        </p>
      )}
      <blockquote class="said">{answer.answer}</blockquote>
      <Scores scores={answer.scores} />
      <Passages passages={answer.passages} />
      <p class="quiet took">
        {answer.latency_ms !== null && `${count(answer.latency_ms)} ms`}
        {answer.tokens !== null && ` · ${plural(answer.tokens, "token")}`}
        {answer.cost !== null && Number(answer.cost) > 0 && ` · cost ${answer.cost}`}
      </p>
    </>
  );
}

function Scores({ scores }: { scores: Score[] }) {
  const told = inOrder(scores).filter(({ metric }) => metric !== "leaks");
  if (told.length === 0) return null;
  return (
    <ul class="scores">
      {told.map((score) => (
        <li key={score.metric}>
          {nameOf(score.metric)} <strong>{score.value === null ? "—" : shown(score.metric, score.value)}</strong>{" "}
          {score.judged && <Badge tone="warn">judged</Badge>}
          {score.reasons && (
            <details>
              <summary>{whyOf(score)}</summary>
              <p class="why">{score.reasons}</p>
            </details>
          )}
        </li>
      ))}
    </ul>
  );
}

function whyOf({ metric, value }: Score): string {
  if (metric === "quote_support") return "What stands in no passage it cites";
  if (metric === "points_said") return "What it does not say";
  return value === null ? "Why it cannot be said" : "Why";
}

function Passages({ passages }: { passages: Answered["passages"] }) {
  if (passages.length === 0) return <p class="quiet">Nothing was found for it.</p>;
  const given = passages.filter(({ marker }) => marker !== null).length;
  return (
    <details>
      <summary>
        {plural(passages.length, "passage")} found, {count(given)} given to the model
      </summary>
      <ol class="found-passages">
        {passages.map((one, at) => (
          <li key={at}>
            <p>
              {one.marker !== null && <span class="number">[{one.marker}] </span>}
              {one.document_id ? <a href={`/console/documents/${one.document_id}`}>{one.document_name}</a> : one.document_name}{" "}
              <span class="quiet">
                {one.page !== null && `p. ${one.page} · `}
                {one.score.toFixed(2)}
                {one.marker === null && " · not given to the model"}
              </span>
            </p>
            <blockquote>{one.quote}</blockquote>
          </li>
        ))}
      </ol>
    </details>
  );
}

export function AnswerMarks({ of: answer }: { of: Answered }) {
  return (
    <>
      {answer.leaked && <Badge tone="bad">leak</Badge>}
      {answer.stage === "failed" && <Badge tone="bad">no answer</Badge>}
      {answer.refused && <Badge>says nothing was found</Badge>}
      {answer.withheld && <Badge>withheld</Badge>}
    </>
  );
}
