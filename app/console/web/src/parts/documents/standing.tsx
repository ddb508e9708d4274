/** Where a document is on its way, in the API's own stages and words; a wait says what for and when it tries again. */

import type { Shapes } from "../../api/client";
import { Badge, type Tone } from "../badge";
import { plural } from "../numbers";
import { Progress } from "../progress";
import { ago, useNow } from "../time";

export type Document = Shapes["DocumentRead"];

const TONES: Partial<Record<Document["status"], Tone>> = { indexed: "good", failed: "bad", pending: "plain" };

export function inWork({ status }: Document): boolean {
  return status !== "indexed" && status !== "failed";
}

export function Standing({ document }: { document: Document }) {
  const { status, stage, waiting_for, next_try_at, error_message, chunk_count } = document;
  const now = useNow(inWork(document) ? 1000 : 0);
  if (status === "failed")
    return (
      <span class="standing">
        <Badge tone="bad">failed</Badge> <span>{error_message}</span>
      </span>
    );
  if (status === "indexed")
    return (
      <span class="standing">
        <Badge tone="good">indexed</Badge> <span class="quiet">{plural(chunk_count, "chunk")}</span>
      </span>
    );
  if (waiting_for)
    return (
      <span class="standing">
        <Badge tone="warn">waiting</Badge>{" "}
        <span>
          {waiting_for}
          {next_try_at && `, next try ${ago(next_try_at, now)}`}
        </span>
      </span>
    );
  return (
    <span class="standing">
      <Badge tone={TONES[status] ?? "busy"}>{status.replace("_", " ")}</Badge>{" "}
      {stage.of > 0 && (
        <>
          <Progress done={stage.done} of={stage.of} name={document.name} />{" "}
          <span class="number">
            {stage.done}/{stage.of}
          </span>{" "}
        </>
      )}
      <span class="quiet">{stage.since && `since ${ago(stage.since, now)}`}</span>
    </span>
  );
}
