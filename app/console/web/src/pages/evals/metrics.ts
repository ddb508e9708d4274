/** What the API's numbers are called, and how they are read. */

import { count } from "../../parts/numbers";

const SAID: Record<string, [name: string, hint: string]> = {
  "ndcg@10": ["nDCG of the first 10", "how high what was expected stands"],
  "mrr@10": ["First hit (MRR)", "1 where the first passage is one that was expected, ½ where it is the second"],
  context_precision: ["Context precision", "how near the top stands what was expected"],
  quote_support: ["Grounded answers", "the share of sentences that stand in the passages they cite"],
  citation_validity: ["Right citations", "the share of numbers that lead to a passage the reader may read"],
  refusal_correctness: ["Right refusals", "whether it said that nothing was found where that is right, and only there"],
  points_said: ["Points said", "the share of a case's points that stand in the answer"],
  leaks: ["Leaks", "what its reader must not be shown, in each answer; it must be 0"],
  latency_ms: ["Time", "of an answer"],
  p50_ms: ["Time, half of them", "half of the answers took no longer"],
  p95_ms: ["Time, 95 in 100", "95 of 100 answers took no longer"],
  tokens: ["Tokens", "of an answer"],
  cost: ["Cost", "of an answer"],
  failed: ["Without an answer", "how many could not be got"],
};

export function nameOf(metric: string): string {
  const [, found] = /^recall@(\d+)$/.exec(metric) ?? [];
  if (found) return `Recall in the first ${found}`;
  const judged = /^judge\.(.+)$/.exec(metric)?.[1];
  return SAID[metric]?.[0] ?? (judged ? `Judge: ${judged.replaceAll("_", " ")}` : metric);
}

export function hintOf(metric: string): string {
  if (metric.startsWith("recall@")) return "the share of what was expected that was found";
  if (metric.startsWith("judge.")) return "what a model says of the answers";
  return SAID[metric]?.[1] ?? "";
}

const QUANTITIES = new Set(["latency_ms", "p50_ms", "p95_ms", "tokens", "cost", "leaks", "failed"]);

/** Whether it lies between 0 and 1, and more of it is better. */
export function isShare(metric: string): boolean {
  return !QUANTITIES.has(metric);
}

/** What takes something: time, tokens, money. */
export function isTaking(metric: string): boolean {
  return QUANTITIES.has(metric) && metric !== "leaks" && metric !== "failed";
}

/** Found first, then said, then judged, then taken. */
export function inOrder<T extends { metric: string }>(metrics: T[]): T[] {
  const place = ({ metric }: T) =>
    isTaking(metric) ? 4 : metric.startsWith("judge.") ? 3 : /@|context/.test(metric) ? 1 : metric === "leaks" ? 0 : 2;
  const depth = ({ metric }: T) => Number(/^recall@(\d+)$/.exec(metric)?.[1] ?? 99);
  return [...metrics].sort((one, other) => place(one) - place(other) || depth(one) - depth(other) || (one.metric < other.metric ? -1 : 1));
}

export function shown(metric: string, value: number): string {
  if (metric.endsWith("_ms")) return `${count(Math.round(value))} ms`;
  if (metric === "cost") return small(value);
  if (metric === "tokens") return count(Math.round(value));
  if (metric === "leaks" || metric === "failed") return String(Number(value.toFixed(2)));
  return value.toFixed(2);
}

export function signed(metric: string, value: number): string {
  const said = shown(metric, Math.abs(value));
  if (!/[1-9]/.test(said)) return said;
  return `${value > 0 ? "+" : "−"}${said}`;
}

function small(value: number): string {
  return value === 0 ? "0" : String(Number(value.toPrecision(3)));
}
