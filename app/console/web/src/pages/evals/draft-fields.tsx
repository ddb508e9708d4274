/** What of an assistant may be other than it has it, for one run; nothing of it is kept with the assistant. */

import type { Shapes } from "../../api/client";
import type { Failure } from "../../api/failure";
import { Combobox } from "../../parts/combobox";
import { Field } from "../../parts/field";
import { findModels } from "../chat/models";
import type { Persona } from "../persona/draft";
import { RetrievalFields } from "../persona/retrieval-fields";

const FIELDS = [
  "model_slug", "system_prompt", "rag_enabled", "rag_strategy", "rag_search_type", "rag_top_k", "rag_min_score", "grounding",
  "rag_context_template",
] as const;

export type Drafted = Pick<Persona, (typeof FIELDS)[number]>;

export function draftedOf(persona: Persona, changes: Record<string, unknown> = {}): Drafted {
  return Object.fromEntries(FIELDS.map((field) => [field, field in changes ? changes[field] : persona[field]])) as unknown as Drafted;
}

/** What of it differs; and what a run before had changed that has no field here. */
export function changesOf(drafted: Drafted, persona: Persona, beside: Record<string, unknown>): Shapes["EvalChanges"] {
  const named: readonly string[] = FIELDS;
  const others = Object.entries(beside).filter(([field]) => !named.includes(field));
  const changed = FIELDS.filter((field) => drafted[field] !== persona[field]).map((field) => [field, drafted[field]]);
  return Object.fromEntries([...others, ...changed]) as Shapes["EvalChanges"];
}

interface DraftFieldsProps {
  drafted: Drafted;
  change: (changes: Partial<Drafted>) => void;
  failure: Failure | undefined;
}

export function DraftFields({ drafted, change, failure }: DraftFieldsProps) {
  return (
    <>
      <Combobox
        name="Model behind it"
        find={findModels}
        chosen={{ id: drafted.model_slug, name: drafted.model_slug }}
        choose={(chosen) => chosen && change({ model_slug: chosen.id })}
      />
      <Field name="Instructions" field="changes.system_prompt" failure={failure}>
        {(control) => (
          <textarea {...control} rows={4} value={drafted.system_prompt} onInput={(event) => change({ system_prompt: event.currentTarget.value })} />
        )}
      </Field>
      <label class="choice">
        <input type="checkbox" checked={drafted.rag_enabled} onChange={(event) => change({ rag_enabled: event.currentTarget.checked })} /> Reads its
        sources before it answers
      </label>
      <div class="fields">
        <RetrievalFields of={drafted} change={change} failure={failure} within="changes." />
      </div>
      <Field name="Template" field="changes.rag_context_template" failure={failure} hint="What is said around what was found; $context is where that goes.">
        {(control) => (
          <textarea
            {...control}
            rows={2}
            value={drafted.rag_context_template}
            onInput={(event) => change({ rag_context_template: event.currentTarget.value })}
          />
        )}
      </Field>
    </>
  );
}
