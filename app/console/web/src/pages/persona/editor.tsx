/** The fields of a persona. */

import { useState } from "preact/hooks";
import type { Failure } from "../../api/failure";
import { Combobox } from "../../parts/combobox";
import { Field } from "../../parts/field";
import { SelectField } from "../../parts/select-field";
import { findModels } from "../chat/models";
import { MESSAGES, STATES } from "./choices";
import type { Draft } from "./draft";
import { RetrievalFields } from "./retrieval-fields";

interface EditorProps {
  draft: Draft;
  change: (changes: Partial<Draft>) => void;
  failure: Failure | undefined;
  readOnly: boolean;
}

const STAGES = ["searching", "refining", "reading", "connecting", "answering", "nothing_found"];

export function Editor({ draft, change, failure, readOnly }: EditorProps) {
  const text = (name: string, field: "name" | "slug" | "description", hint?: string) => (
    <Field name={name} field={field} failure={failure} hint={hint}>
      {(control) => <input {...control} value={draft[field]} onInput={(event) => change({ [field]: event.currentTarget.value })} />}
    </Field>
  );
  const area = (name: string, field: "system_prompt" | "rag_context_template", rows: number, hint: string) => (
    <Field name={name} field={field} failure={failure} hint={hint}>
      {(control) => (
        <textarea {...control} rows={rows} value={draft[field]} onInput={(event) => change({ [field]: event.currentTarget.value })} />
      )}
    </Field>
  );
  return (
    <fieldset class="editor" disabled={readOnly}>
      <legend class="unseen">The persona</legend>
      <div class="fields">
        {text("Name", "name")}
        {text("Slug", "slug", "The last part of the name it is called by.")}
      </div>
      {text("Description", "description")}
      <Combobox
        name="Model behind it"
        find={findModels}
        chosen={{ id: draft.model_slug, name: draft.model_slug }}
        choose={(chosen) => chosen && change({ model_slug: chosen.id })}
      />
      {area("Instructions", "system_prompt", 7, "What the model is told before every conversation.")}
      <h2>What it reads</h2>
      <label class="check">
        <input
          type="checkbox"
          checked={draft.rag_enabled}
          onChange={(event) => change({ rag_enabled: event.currentTarget.checked })}
        />
        Reads its sources before it answers
      </label>
      <div class="fields">
        <RetrievalFields of={draft} change={change} failure={failure} />
        <SelectField name="Status" field="status" failure={failure} value={draft.status} choices={STATES} put={(status) => change({ status })} />
      </div>
      {area("Template", "rag_context_template", 3, "What is said around what was found; $context is where that goes.")}
      <SelectField
        name="Messages while it looks"
        field="status_messages_mode"
        failure={failure}
        value={draft.status_messages_mode}
        choices={MESSAGES}
        put={(status_messages_mode) => change({ status_messages_mode })}
      />
      {draft.status_messages_mode === "custom" && (
        <div class="fields">
          {STAGES.map((stage) => (
            <Field key={stage} name={stage.replace("_", " ")} hint="Empty: the usual one.">
              {(control) => (
                <input
                  {...control}
                  value={draft.rag_status_messages[stage] ?? ""}
                  onInput={(event) => {
                    const { [stage]: _gone, ...others } = draft.rag_status_messages;
                    const said = event.currentTarget.value;
                    change({ rag_status_messages: said ? { ...others, [stage]: said } : others });
                  }}
                />
              )}
            </Field>
          ))}
        </div>
      )}
      <Json name="Parameters" field="default_params" hint='Such as {"temperature": 0.2}.' value={draft.default_params} failure={failure} put={(value) => change({ default_params: value })} />
      <Json name="Metadata" field="metadata" value={draft.metadata} failure={failure} put={(value) => change({ metadata: value })} />
    </fieldset>
  );
}

interface JsonProps {
  name: string;
  field: string;
  hint?: string;
  value: Record<string, unknown>;
  failure: Failure | undefined;
  put: (value: Record<string, unknown>) => void;
}

/** An object as JSON; only what can be read as one is taken over. */
function Json({ name, field, hint, value, failure, put }: JsonProps) {
  const [typed, setTyped] = useState<string | null>(null);
  const wrong = typed !== null && parsed(typed) === null;
  return (
    <Field name={name} field={field} failure={failure} hint={wrong ? "This is no JSON object yet; it is not taken over." : hint}>
      {(control) => (
        <textarea
          {...control}
          aria-invalid={wrong}
          rows={2}
          spellcheck={false}
          value={typed ?? JSON.stringify(value)}
          onInput={(event) => {
            const read = parsed(event.currentTarget.value);
            setTyped(event.currentTarget.value);
            if (read) put(read);
          }}
          onBlur={() => !wrong && setTyped(null)}
        />
      )}
    </Field>
  );
}

function parsed(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
