/** How far a run is, in a word. */

import type { Shapes } from "../../api/client";
import { Badge, type Tone } from "../../parts/badge";
import { plural } from "../../parts/numbers";

export type Run = Shapes["EvalRunRead"];

const TONES: Record<Run["status"], Tone> = {
  pending: "busy", running: "busy", completed: "good", capped: "warn", failed: "bad", cancelled: "plain",
};
const WORDS: Record<Run["status"], string> = {
  pending: "waits", running: "goes on", completed: "completed", capped: "reached a limit", failed: "failed", cancelled: "cancelled",
};

export function goesOn({ status }: Pick<Run, "status">): boolean {
  return status === "pending" || status === "running";
}

export function RunState({ run }: { run: Pick<Run, "status"> }) {
  return <Badge tone={TONES[run.status]}>{WORDS[run.status]}</Badge>;
}

export function Leaks({ run }: { run: Run }) {
  if (run.leaks > 0) return <Badge tone="bad">{plural(run.leaks, "leak")}</Badge>;
  return run.done > 0 ? <>0</> : <span class="quiet">—</span>;
}

/** What a run is called: what was noted of it, or when it began. */
export function titleOf(run: { note: string | null; id: string; created_at?: string }): string {
  return run.note || (run.created_at ? `Run of ${run.created_at.slice(0, 10)}, ${run.created_at.slice(11, 16)} UTC` : run.id);
}
