/** What is known of one request, put in the order it happened. */

import type { Shapes } from "../../api/client";
import type { Call } from "../requests/call";

export type Deed = Shapes["AuditRead"];

export interface Step {
  id: string;
  /** When it began, and how long it took, in milliseconds; a deed is a moment. */
  at: number;
  took: number;
  call?: Call;
  deed?: Deed;
}

export function stepsOf(calls: Call[], deeds: Deed[]): Step[] {
  const steps: Step[] = [
    ...calls.map((call) => ({ id: call.id, at: Date.parse(call.created_at), took: call.latency_ms, call })),
    ...deeds.map((deed) => ({ id: deed.id, at: Date.parse(deed.created_at), took: 0, deed })),
  ];
  return steps.sort((one, other) => one.at - other.at);
}

/** From the first thing that is known of it to the last. */
export function spanOf(steps: Step[]): { from: number; length: number } {
  const from = Math.min(...steps.map(({ at }) => at));
  const to = Math.max(...steps.map(({ at, took }) => at + took));
  return { from, length: to - from };
}
