/** What a gate asks for as rows of a form: of each number, that it is no less or no more than a limit. */

import type { Shapes } from "../../api/client";

export interface Demand {
  metric: string;
  /** Whether the number is to be no more than the limit; else no less. */
  most: boolean;
  limit: string;
}

type Limits = Pick<Shapes["EvalGateRead"], "floors" | "ceilings">;

/** Numbers that every run has, and those that most are asked for. */
export const METRICS = [
  "recall@5", "recall@10", "mrr@10", "ndcg@10", "context_precision", "quote_support", "citation_validity", "refusal_correctness",
  "points_said", "p50_ms", "p95_ms", "tokens", "cost", "failed",
];

export function demandsOf({ floors, ceilings }: Limits): Demand[] {
  const rows = (said: Record<string, number>, most: boolean) =>
    Object.entries(said).map(([metric, limit]) => ({ metric, most, limit: String(limit) }));
  return [...rows(floors, false), ...rows(ceilings, true)];
}

export function limitsOf(demands: Demand[]): Limits {
  const said = (most: boolean) =>
    Object.fromEntries(demands.filter((one) => one.most === most).map(({ metric, limit }) => [metric.trim(), Number(limit)]));
  return { floors: said(false), ceilings: said(true) };
}

/** Why it cannot be saved as it stands, if it cannot. */
export function wrongWith(demands: Demand[]): string | undefined {
  if (demands.some(({ metric, limit }) => !metric.trim() || !limit.trim() || !Number.isFinite(Number(limit))))
    return "Each row needs a number's name and a limit.";
  const named = demands.map(({ metric, most }) => `${most} ${metric.trim()}`);
  return new Set(named).size < named.length ? "Two rows say the same of one number." : undefined;
}
