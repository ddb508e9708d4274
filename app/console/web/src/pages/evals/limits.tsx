/** Where a run ends, whatever is left of it. */

import type { Shapes } from "../../api/client";
import type { Failure } from "../../api/failure";
import { Field } from "../../parts/field";

export interface Limits {
  max_cost: string;
  max_tokens: string;
  max_seconds: string;
}

export const NO_LIMITS: Limits = { max_cost: "", max_tokens: "", max_seconds: "" };

export function limitsOf(caps: Shapes["EvalCapsRead"]): Limits {
  const said = (value: string | number | null) => (value === null ? "" : String(value));
  return { max_cost: said(caps.max_cost), max_tokens: said(caps.max_tokens), max_seconds: said(caps.max_seconds) };
}

/** What is left empty is no limit. */
export function capsOf({ max_cost, max_tokens, max_seconds }: Limits): Shapes["EvalCaps"] {
  return {
    max_cost: max_cost.trim() || null,
    max_tokens: whole(max_tokens),
    max_seconds: whole(max_seconds),
  };
}

/** What is no number, the API says so of. */
function whole(said: string): number | null {
  return said.trim() ? ((Number(said) || said) as number) : null;
}

interface LimitFieldsProps {
  limits: Limits;
  change: (limits: Limits) => void;
  failure: Failure | undefined;
}

export function LimitFields({ limits, change, failure }: LimitFieldsProps) {
  const field = (name: string, at: keyof Limits, hint?: string) => (
    <Field name={name} field={`caps.${at}`} failure={failure} hint={hint}>
      {(control) => (
        <input
          {...control}
          inputMode={at === "max_cost" ? "decimal" : "numeric"}
          autocomplete="off"
          value={limits[at]}
          onInput={(event) => change({ ...limits, [at]: event.currentTarget.value })}
        />
      )}
    </Field>
  );
  return (
    <div class="fields">
      {field("Cost at most", "max_cost")}
      {field("Tokens at most", "max_tokens")}
      {field("Seconds at most", "max_seconds", "Of work; waits are left out.")}
    </div>
  );
}
