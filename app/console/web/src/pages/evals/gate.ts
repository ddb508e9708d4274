/** What an assistant's gate asks for, beside what a run has measured: reckoned as `scaigrid evals gate` does. */

import type { Shapes } from "../../api/client";

export type Gate = Shapes["EvalGateRead"];
export type Summary = Shapes["EvalSummaryRead"];

export interface Asked {
  metric: string;
  limit: number;
  /** Whether it is to be no more than that; else no less. */
  ceiling: boolean;
  found: number | undefined;
  passed: boolean;
}

/** Everything it asks for; that nothing leaks it asks for always. */
export function askedBy(gate: Pick<Gate, "floors" | "ceilings">, everybody: Summary | undefined): Asked[] {
  const numbers = numbersOf(everybody);
  const ceilings = { leaks: 0, ...(numbers.failed ? { failed: 0 } : {}), ...gate.ceilings };
  const one = (metric: string, limit: number, ceiling: boolean): Asked => {
    const found = numbers[metric];
    return { metric, limit, ceiling, found, passed: found !== undefined && (ceiling ? found <= limit : found >= limit) };
  };
  return [
    ...Object.entries(gate.floors).map(([metric, limit]) => one(metric, limit, false)),
    ...Object.entries(ceilings).map(([metric, limit]) => one(metric, limit, true)),
  ];
}

function numbersOf(everybody: Summary | undefined): Record<string, number> {
  if (!everybody) return {};
  const means = Object.fromEntries(everybody.metrics.map(({ metric, value }) => [metric, value]));
  return { ...means, tokens: everybody.tokens, cost: Number(everybody.cost), failed: everybody.failed, leaks: everybody.leaked };
}
