/** One model call, in the words both pages of requests have for it. */

import type { Shapes } from "../../api/client";
import { Badge, type Tone } from "../../parts/badge";
import { count } from "../../parts/numbers";

export type Call = Shapes["UsageRead"];

const OUTCOMES: Record<Call["outcome"], [Tone, string]> = {
  ok: ["good", "answered"],
  failed: ["bad", "failed"],
  cancelled: ["warn", "hung up"],
};

export function Outcome({ of: { outcome } }: { of: Pick<Call, "outcome"> }) {
  const [tone, word] = OUTCOMES[outcome];
  return <Badge tone={tone}>{word}</Badge>;
}

export const DEEDS: Record<Call["operation"], string> = { chat: "Chat", embedding: "Embedding" };

/** Milliseconds as they are read: exact while they are few. */
export function took(ms: number): string {
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  return ms < 10_000 ? `${count(Math.round(ms))} ms` : `${(ms / 1000).toFixed(1)} s`;
}

export function Tokens({ of: { input_tokens, output_tokens, estimated } }: { of: Call }) {
  return (
    <span>
      {count(input_tokens)} + {count(output_tokens)} {estimated && <span class="quiet">estimated</span>}
    </span>
  );
}
