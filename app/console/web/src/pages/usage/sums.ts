/** Usage added up in the browser as exactly as the API adds it: amounts are never made into floats. */

import type { Shapes } from "../../api/client";
import { count } from "../../parts/numbers";
import type { Measure } from "./asked";

export type Sum = Shapes["UsageSumRead"];

const PLACES = 12;

export function total(amounts: string[]): string {
  const whole = amounts.map(scaled).reduce((sum, amount) => sum + amount, 0n);
  const digits = whole.toString().padStart(PLACES + 1, "0");
  const fraction = digits.slice(-PLACES).replace(/0+$/, "");
  return digits.slice(0, -PLACES) + (fraction && `.${fraction}`);
}

function scaled(amount: string): bigint {
  const [whole = "0", fraction = ""] = amount.split(".");
  return BigInt(whole + fraction.padEnd(PLACES, "0").slice(0, PLACES));
}

/** How much of it there was; for drawing alone. */
export function sized(sums: Sum[], show: Measure): number {
  return sums.reduce((all, sum) => all + of(sum, show), 0);
}

function of(sum: Sum, show: Measure): number {
  if (show === "cost") return Number(sum.cost);
  return show === "calls" ? sum.requests : sum.input_tokens + sum.output_tokens;
}

/** How much of it there was, as it is read. */
export function said(sums: Sum[], show: Measure): string {
  return show === "cost" ? total(sums.map(({ cost }) => cost)) : count(sized(sums, show));
}
