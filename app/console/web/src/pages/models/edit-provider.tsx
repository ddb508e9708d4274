import { useState } from "preact/hooks";
import { api, ask, ifMatch, type Shapes } from "../../api/client";
import type { Failure } from "../../api/failure";
import { useDeed } from "../../api/hooks";
import { Dialog } from "../../parts/dialog";
import { Field } from "../../parts/field";
import { Editing, Refusal } from "../../parts/settings/editing";
import { Trouble } from "../../parts/states";
import { say } from "../../parts/toast";
import type { Provider } from "./providers";

type Kind = Exclude<Provider["type"], "local">;

const KINDS: Record<Kind, string> = {
  custom: "Any server that speaks OpenAI's protocol",
  openai: "OpenAI",
  anthropic: "Anthropic",
  azure: "Azure OpenAI",
  mistral: "Mistral",
  google: "Google",
};

interface Reached {
  name: string;
  base_url: string;
  api_version: string;
  /** Typed here once; nothing gives it back. */
  api_key: string;
}

interface FieldsProps {
  type: Provider["type"];
  draft: Reached;
  put: (changes: Partial<Reached>) => void;
  failure: Failure | undefined;
  keyHint: string;
}

function Fields({ type, draft, put, failure, keyHint }: FieldsProps) {
  const own = type === "custom" || type === "azure";
  return (
    <>
      <Field name="Name" field="name" failure={failure} hint="As it is called here.">
        {(control) => (
          <input {...control} required maxLength={60} autocomplete="off" value={draft.name} onInput={(event) => put({ name: event.currentTarget.value })} />
        )}
      </Field>
      <Field name="Address" field="base_url" failure={failure} hint={own ? "Mostly ends in /v1." : "Empty: the vendor's own."}>
        {(control) => (
          <input
            {...control}
            type="url"
            required={own}
            maxLength={1000}
            autocomplete="off"
            placeholder="https://models.example.com/v1"
            value={draft.base_url}
            onInput={(event) => put({ base_url: event.currentTarget.value })}
          />
        )}
      </Field>
      {type === "azure" && (
        <Field name="API version" field="api_version" failure={failure}>
          {(control) => <input {...control} maxLength={40} autocomplete="off" value={draft.api_version} onInput={(event) => put({ api_version: event.currentTarget.value })} />}
        </Field>
      )}
      <Field name="Key" field="api_key" failure={failure} hint={keyHint}>
        {(control) => (
          <input
            {...control}
            type="password"
            maxLength={4000}
            autocomplete="new-password"
            spellcheck={false}
            value={draft.api_key}
            onInput={(event) => put({ api_key: event.currentTarget.value })}
          />
        )}
      </Field>
    </>
  );
}

interface NewProviderProps {
  made: (provider: Provider) => void;
  close: () => void;
}

export function NewProvider({ made, close }: NewProviderProps) {
  const [type, setType] = useState<Kind>("custom");
  const [draft, setDraft] = useState<Reached>({ name: "", base_url: "", api_version: "", api_key: "" });
  const adding = useDeed(async () => {
    const body: Shapes["ProviderCreate"] = {
      type,
      name: draft.name.trim(),
      base_url: draft.base_url.trim() || null,
      api_key: draft.api_key.trim() || null,
      api_version: (type === "azure" && draft.api_version.trim()) || null,
    };
    made((await ask(api.POST("/v1/providers", { body }))).data);
  });
  const { failure } = adding;
  return (
    <Dialog title="Add a provider" close={close}>
      <form onSubmit={(event) => (event.preventDefault(), void adding.run())}>
        <Field name="Kind" field="type" failure={failure}>
          {(control) => (
            <select {...control} value={type} onChange={(event) => setType(event.currentTarget.value as Kind)}>
              {(Object.keys(KINDS) as Kind[]).map((kind) => (
                <option key={kind} value={kind}>
                  {KINDS[kind]}
                </option>
              ))}
            </select>
          )}
        </Field>
        <Fields
          type={type}
          draft={draft}
          put={(changes) => setDraft((before) => ({ ...before, ...changes }))}
          failure={failure}
          keyHint="Kept encrypted and never shown again. Empty: it asks for none."
        />
        <Trouble failure={failure} />
        <footer>
          <button type="button" onClick={close}>
            Not now
          </button>
          <button type="submit" class="main" disabled={adding.busy || !draft.name.trim()}>
            {adding.busy ? "Adding…" : "Add and test"}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}

interface EditProviderProps {
  provider: Provider;
  saved: () => void;
  close: () => void;
}

export function EditProvider({ provider, saved, close }: EditProviderProps) {
  const params = { path: { provider_id: provider.id } };
  return (
    <Editing title={`Edit ${provider.name}`} read={(signal) => ask(api.GET("/v1/providers/{provider_id}", { params, signal }))} close={close}>
      {(read, etag, again) => <Form read={read} etag={etag} again={again} saved={saved} close={close} />}
    </Editing>
  );
}

interface FormProps extends Omit<EditProviderProps, "provider"> {
  read: Provider;
  etag: string | null;
  again: () => void;
}

function Form({ read, etag, again, saved, close }: FormProps) {
  const before = { name: read.name, base_url: read.base_url ?? "", api_version: read.api_version ?? "" };
  const [draft, setDraft] = useState<Reached>({ ...before, api_key: "" });
  const [keyless, setKeyless] = useState(false);
  const saving = useDeed(async () => {
    const body: Shapes["ProviderPatch"] = {
      ...(draft.name !== before.name ? { name: draft.name.trim() } : {}),
      ...(draft.base_url !== before.base_url ? { base_url: draft.base_url.trim() || null } : {}),
      ...(draft.api_version !== before.api_version ? { api_version: draft.api_version.trim() || null } : {}),
      ...(keyless ? { api_key: null } : draft.api_key.trim() ? { api_key: draft.api_key.trim() } : {}),
    };
    const params = { path: { provider_id: read.id } };
    await ask(api.PATCH("/v1/providers/{provider_id}", { params, body, headers: ifMatch(etag) }));
    say(`${draft.name} is saved: so it is reached from the next call on.`);
    saved();
  });
  return (
    <form onSubmit={(event) => (event.preventDefault(), void saving.run())}>
      <Fields
        type={read.type}
        draft={draft}
        put={(changes) => setDraft((now) => ({ ...now, ...changes }))}
        failure={saving.failure}
        keyHint={read.has_api_key ? "It has one, which is never shown. Empty: it keeps that." : "Kept encrypted and never shown again."}
      />
      {read.has_api_key && (
        <label class="choice">
          <input type="checkbox" checked={keyless} onChange={(event) => setKeyless(event.currentTarget.checked)} /> Forget its key
        </label>
      )}
      <Refusal failure={saving.failure} again={again} />
      <footer>
        <button type="button" onClick={close}>
          Not now
        </button>
        <button type="submit" class="main" disabled={saving.busy || !draft.name.trim()}>
          {saving.busy ? "Saving…" : "Save and test"}
        </button>
      </footer>
    </form>
  );
}
