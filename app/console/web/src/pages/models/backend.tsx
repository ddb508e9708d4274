/** Changing one backend, switching it off, and taking it away. */

import { useState } from "preact/hooks";
import { api, ask, ifMatch, type Shapes } from "../../api/client";
import { useDeed } from "../../api/hooks";
import { Confirm } from "../../parts/dialog";
import { Field } from "../../parts/field";
import { Editing, Refusal } from "../../parts/settings/editing";
import { say } from "../../parts/toast";

type Backend = Shapes["BackendRead"];

interface BackendProps {
  backend: Backend;
  changed: () => void;
}

export function BackendDeeds({ backend, changed }: BackendProps) {
  const [editing, edit] = useState(false);
  const [leaving, leave] = useState(false);
  const params = { path: { backend_id: backend.id } };
  const removing = useDeed(async () => {
    const { etag } = await ask(api.GET("/v1/backends/{backend_id}", { params }));
    await ask(api.DELETE("/v1/backends/{backend_id}", { params, headers: ifMatch(etag) }));
    say(`${backend.uri} is gone.`);
    changed();
  });
  return (
    <span class="row">
      <button type="button" aria-label={`Edit ${backend.uri}`} onClick={() => edit(true)}>
        Edit
      </button>
      <button type="button" aria-label={`Remove ${backend.uri}`} onClick={() => leave(true)}>
        Remove
      </button>
      {editing && (
        <Editing title={`Edit ${backend.uri}`} read={(signal) => ask(api.GET("/v1/backends/{backend_id}", { params, signal }))} close={() => edit(false)}>
          {(read, etag, again) => <Form read={read} etag={etag} again={again} saved={() => (edit(false), changed())} close={() => edit(false)} />}
        </Editing>
      )}
      {leaving && (
        <Confirm
          title={`Remove ${backend.uri}`}
          deed="Remove the backend"
          run={() => void removing.run()}
          busy={removing.busy}
          failure={removing.failure}
          close={() => leave(false)}
        >
          <p>No model may be served by it any more; take it away from those first.</p>
        </Confirm>
      )}
    </span>
  );
}

interface FormProps {
  read: Backend;
  etag: string | null;
  again: () => void;
  saved: () => void;
  close: () => void;
}

function Form({ read, etag, again, saved, close }: FormProps) {
  const [seconds, setSeconds] = useState(read.timeout_s);
  const [status, setStatus] = useState(read.status);
  const saving = useDeed(async () => {
    const params = { path: { backend_id: read.id } };
    await ask(api.PATCH("/v1/backends/{backend_id}", { params, body: { timeout_s: seconds, status }, headers: ifMatch(etag) }));
    say(`${read.uri} is saved.`);
    saved();
  });
  const { failure } = saving;
  return (
    <form onSubmit={(event) => (event.preventDefault(), void saving.run())}>
      <div class="fields">
        <Field name="Waits for an answer, in seconds" field="timeout_s" failure={failure}>
          {(control) => (
            <input
              {...control}
              type="number"
              min={0.1}
              max={3600}
              step="any"
              required
              value={seconds}
              onInput={(event) => !Number.isNaN(event.currentTarget.valueAsNumber) && setSeconds(event.currentTarget.valueAsNumber)}
            />
          )}
        </Field>
        <Field name="State" field="status" failure={failure} hint="Switched off, it is asked no more; others of the model are.">
          {(control) => (
            <select {...control} value={status} onChange={(event) => setStatus(event.currentTarget.value as Backend["status"])}>
              <option value="active">in use</option>
              <option value="disabled">switched off</option>
            </select>
          )}
        </Field>
      </div>
      <Refusal failure={failure} again={again} />
      <footer>
        <button type="button" onClick={close}>
          Not now
        </button>
        <button type="submit" class="main" disabled={saving.busy}>
          {saving.busy ? "Saving…" : "Save"}
        </button>
      </footer>
    </form>
  );
}
