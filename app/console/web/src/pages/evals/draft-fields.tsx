/** What of an assistant may be other than it has it, for one run; nothing of it is kept with the assistant. */

import type { Shapes } from "../../api/client";
import type { Failure } from "../../api/failure";
import { Combobox } from "../../parts/combobox";
import { Field } from "../../parts/field";
import { findModels } from "../chat/models";
import { GROUNDINGS, SEARCHES, STRATEGIES } from "../persona/choices";
import type { Persona } from "../persona/draft";

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
  const choice = <Name extends "rag_strategy" | "rag_search_type" | "grounding">(name: string, field: Name, choices: [Drafted[Name], string][]) => (
    <Field name={name} field={`changes.${field}`} failure={failure}>
      {(control) => (
        <select {...control} value={drafted[field]} onChange={(event) => change({ [field]: event.currentTarget.value } as Partial<Drafted>)}>
          {choices.map(([value, words]) => (
            <option key={value} value={value}>
              {words}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
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
        {choice("Strategy", "rag_strategy", STRATEGIES)}
        {choice("Search", "rag_search_type", SEARCHES)}
        <Field name="Passages at most" field="changes.rag_top_k" failure={failure}>
          {(control) => (
            <input
              {...control}
              type="number"
              min={1}
              max={50}
              value={drafted.rag_top_k}
              onInput={(event) => change({ rag_top_k: event.currentTarget.valueAsNumber || 0 })}
            />
          )}
        </Field>
        <Field name="Minimum score" field="changes.rag_min_score" failure={failure} hint="From 0 to 1; empty: none.">
          {(control) => (
            <input
              {...control}
              type="number"
              min={0}
              max={1}
              step={0.05}
              value={drafted.rag_min_score ?? ""}
              onInput={(event) => {
                const value = event.currentTarget.valueAsNumber;
                change({ rag_min_score: Number.isNaN(value) ? null : value });
              }}
            />
          )}
        </Field>
        {choice("With nothing found", "grounding", GROUNDINGS)}
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
