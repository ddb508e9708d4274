/** How an assistant looks for what it answers from. */

import type { Failure } from "../../api/failure";
import { Field } from "../../parts/field";
import { SelectField } from "../../parts/select-field";
import { GROUNDINGS, SEARCHES, STRATEGIES } from "./choices";
import type { Persona } from "./draft";

type Retrieval = Pick<Persona, "rag_strategy" | "rag_search_type" | "rag_top_k" | "rag_min_score" | "grounding">;

interface RetrievalFieldsProps {
  of: Retrieval;
  change: (changes: Partial<Retrieval>) => void;
  failure: Failure | undefined;
  /** What stands before the fields' names in the API. */
  within?: string;
}

export function RetrievalFields({ of, change, failure, within = "" }: RetrievalFieldsProps) {
  const at = (field: keyof Retrieval) => ({ field: `${within}${field}`, failure });
  return (
    <>
      <SelectField name="Strategy" {...at("rag_strategy")} value={of.rag_strategy} choices={STRATEGIES} put={(rag_strategy) => change({ rag_strategy })} />
      <SelectField name="Search" {...at("rag_search_type")} value={of.rag_search_type} choices={SEARCHES} put={(rag_search_type) => change({ rag_search_type })} />
      <Field name="Passages at most" {...at("rag_top_k")}>
        {(control) => (
          <input
            {...control}
            type="number"
            min={1}
            max={50}
            value={of.rag_top_k}
            onInput={(event) => change({ rag_top_k: event.currentTarget.valueAsNumber || 0 })}
          />
        )}
      </Field>
      <Field name="Minimum score" {...at("rag_min_score")} hint="From 0 to 1; empty: none.">
        {(control) => (
          <input
            {...control}
            type="number"
            min={0}
            max={1}
            step={0.05}
            value={of.rag_min_score ?? ""}
            onInput={(event) => {
              const value = event.currentTarget.valueAsNumber;
              change({ rag_min_score: Number.isNaN(value) ? null : value });
            }}
          />
        )}
      </Field>
      <SelectField name="With nothing found" {...at("grounding")} value={of.grounding} choices={GROUNDINGS} put={(grounding) => change({ grounding })} />
    </>
  );
}
