/** What was said, kept in this tab alone and until whoever said it signs out. */

import { session } from "../../api/session";

export interface Citation {
  marker: number;
  document_name: string;
  source_name: string;
  document_id: string | null;
  chunk_id: string | null;
  page: number | null;
  score: number;
  quote: string;
  url: string | null;
}

export interface Step {
  kind: string;
  query?: string;
  found?: number;
  reason?: string;
}

export interface Retrieval {
  status: "ok" | "empty" | "partial" | "degraded";
  steps: Step[];
  sources: { name: string; status: string; fault?: string; reason?: string; unfinished?: number }[];
  citations: Citation[];
}

export interface Wrong {
  code: string;
  message: string;
}

export interface Turn {
  id: string;
  question: string;
  answer: string;
  state: "asking" | "done" | "stopped" | "failed";
  /** What is being done for it just now, in the assistant's words. */
  doing?: string;
  retrieval?: Retrieval;
  wrong?: Wrong;
  tokens?: number;
  seconds?: number;
  requestId?: string;
}

export interface Conversation {
  model: string;
  turns: Turn[];
}

const KEPT_AT = "scaigrid.chat";
const NOTHING: Conversation = { model: "", turns: [] };

export function recall(): Conversation {
  try {
    const kept = sessionStorage.getItem(KEPT_AT);
    return kept ? settled(JSON.parse(kept) as Conversation) : NOTHING;
  } catch {
    return NOTHING;
  }
}

/** Keep it at once, for the page may be gone the next moment; a tab that has no room left keeps what it had. */
export function keep(conversation: Conversation): void {
  if (!session()) return; // whoever signed out leaves nothing
  try {
    sessionStorage.setItem(KEPT_AT, JSON.stringify(conversation));
  } catch {
    return;
  }
}

/** An answer that was still coming when the page was left comes no more. */
function settled(conversation: Conversation): Conversation {
  const turns = conversation.turns.map((turn) => (turn.state === "asking" ? { ...turn, state: "stopped" as const } : turn));
  return { ...conversation, turns };
}

/** What is sent for a question: all that was said before it. */
export function messages(before: Turn[], question: string): { role: "user" | "assistant"; content: string }[] {
  const said = before.flatMap((turn) => [
    { role: "user" as const, content: turn.question },
    ...(turn.answer ? [{ role: "assistant" as const, content: turn.answer }] : []),
  ]);
  return [...said, { role: "user", content: question }];
}

/** The numbers an answer names, of those that mean something. */
export function citedIn(turn: Turn): Set<number> {
  const known = new Set(turn.retrieval?.citations.map((one) => one.marker));
  const named = [...turn.answer.matchAll(/\[(\d{1,3})\]/g)].map((found) => Number(found[1]));
  return new Set(named.filter((marker) => known.has(marker)));
}

export function withoutMarkers(turn: Turn): string {
  const known = citedIn(turn);
  return turn.answer.replace(/ ?\[(\d{1,3})\]/g, (all, marker: string) => (known.has(Number(marker)) ? "" : all));
}
