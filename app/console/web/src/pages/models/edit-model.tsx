import { useState } from "preact/hooks";
import { api, ask, ifMatch, type Shapes } from "../../api/client";
import { useDeed } from "../../api/hooks";
import { Field } from "../../parts/field";
import { Editing, Refusal } from "../../parts/settings/editing";
import { say } from "../../parts/toast";
import type { Model } from "./catalogue";
import { type Link, Links } from "./links";
import { SeenBy } from "./seen-by";

interface EditModelProps {
  model: Model;
  backends: Shapes["BackendRead"][];
  saved: () => void;
  close: () => void;
}

export function EditModel({ model, backends, saved, close }: EditModelProps) {
  const params = { path: { ref: model.id } };
  return (
    <Editing title={`Edit ${model.slug}`} read={(signal) => ask(api.GET("/v1/models/{ref}", { params, signal }))} close={close}>
      {(read, etag, again) => <Form read={read} etag={etag} again={again} backends={backends} saved={saved} close={close} />}
    </Editing>
  );
}

interface FormProps extends Omit<EditModelProps, "model"> {
  read: Model;
  etag: string | null;
  again: () => void;
}

interface Draft {
  display_name: string;
  description: string;
  input_price_per_mtok: string;
  output_price_per_mtok: string;
  context_window: number | null;
  max_output_tokens: number | null;
  system_prompt_template: string | null;
  status: Model["status"];
  visibility: Model["visibility"];
  tenant_ids: string[];
  backends: Link[];
}

function draftOf(model: Model): Draft {
  const { display_name, description, input_price_per_mtok, output_price_per_mtok, context_window, max_output_tokens } = model;
  const { system_prompt_template, status, visibility, tenant_ids, backends } = model;
  return {
    display_name, description, input_price_per_mtok, output_price_per_mtok, context_window, max_output_tokens,
    system_prompt_template, status, visibility, tenant_ids, backends: backends ?? [],
  };
}

/** Only what was changed is sent. */
function changesOf(draft: Draft, before: Draft): Partial<Draft> {
  const names = Object.keys(draft) as (keyof Draft)[];
  return Object.fromEntries(
    names.filter((name) => JSON.stringify(draft[name]) !== JSON.stringify(before[name])).map((name) => [name, draft[name]]),
  );
}

function Form({ read, etag, again, backends, saved, close }: FormProps) {
  const [draft, setDraft] = useState(draftOf(read));
  const put = (changes: Partial<Draft>) => setDraft((before) => ({ ...before, ...changes }));
  const changes = changesOf(draft, draftOf(read));
  const saving = useDeed(async () => {
    const params = { path: { ref: read.id } };
    await ask(api.PATCH("/v1/models/{ref}", { params, body: changes, headers: ifMatch(etag) }));
    say(`${read.slug} is saved: so it is for the next call.`);
    saved();
  });
  const { failure } = saving;
  const text = (name: string, field: "display_name" | "input_price_per_mtok" | "output_price_per_mtok", hint?: string) => (
    <Field name={name} field={field} failure={failure} hint={hint}>
      {(control) => (
        <input {...control} autocomplete="off" value={draft[field]} onInput={(event) => put({ [field]: event.currentTarget.value.trimStart() })} />
      )}
    </Field>
  );
  const whole = (name: string, field: "context_window" | "max_output_tokens") => (
    <Field name={name} field={field} failure={failure} hint="Tokens; empty: not said.">
      {(control) => (
        <input
          {...control}
          type="number"
          min={1}
          value={draft[field] ?? ""}
          onInput={(event) => put({ [field]: Number.isNaN(event.currentTarget.valueAsNumber) ? null : event.currentTarget.valueAsNumber })}
        />
      )}
    </Field>
  );
  return (
    <form onSubmit={(event) => (event.preventDefault(), void saving.run())}>
      <div class="fields">
        {text("Name", "display_name")}
        {text("Price of a million tokens in", "input_price_per_mtok")}
        {read.modality === "chat" && text("Price of a million tokens out", "output_price_per_mtok")}
        {whole("Context window", "context_window")}
        {read.modality === "chat" && whole("Answers at most", "max_output_tokens")}
        <Field name="State" field="status" failure={failure} hint="A deprecated one can still be called.">
          {(control) => (
            <select {...control} value={draft.status} onChange={(event) => put({ status: event.currentTarget.value as Model["status"] })}>
              <option value="active">active</option>
              <option value="deprecated">deprecated</option>
            </select>
          )}
        </Field>
      </div>
      <Field name="Description" field="description" failure={failure}>
        {(control) => <textarea {...control} rows={2} value={draft.description} onInput={(event) => put({ description: event.currentTarget.value })} />}
      </Field>
      {read.modality === "chat" && (
        <Field name="Said before every conversation" field="system_prompt_template" failure={failure} hint="Empty: nothing.">
          {(control) => (
            <textarea
              {...control}
              rows={2}
              value={draft.system_prompt_template ?? ""}
              onInput={(event) => put({ system_prompt_template: event.currentTarget.value || null })}
            />
          )}
        </Field>
      )}
      <Links links={draft.backends} offered={backends.filter(({ modality }) => modality === read.modality)} put={(links) => put({ backends: links })} />
      <SeenBy visibility={draft.visibility} tenants={draft.tenant_ids} put={put} />
      <Refusal failure={failure} again={again} />
      <footer>
        <button type="button" onClick={close}>
          Not now
        </button>
        <button type="submit" class="main" disabled={saving.busy || Object.keys(changes).length === 0}>
          {saving.busy ? "Saving…" : "Save"}
        </button>
      </footer>
    </form>
  );
}
