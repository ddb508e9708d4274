import { useState } from "preact/hooks";
import { api, ask, type Shapes } from "../../api/client";
import { useDeed } from "../../api/hooks";
import { useMe } from "../../api/me";
import { Dialog } from "../../parts/dialog";
import { Field } from "../../parts/field";
import { Trouble } from "../../parts/states";
import { type Scope, SCOPES, scopesOf } from "./scopes";

const DAY_MS = 86_400_000;
const USUAL_DAYS = 90;

interface CreateProps {
  made: (key: Shapes["ApiKeyCreated"]) => void;
  close: () => void;
}

export function CreateKey({ made, close }: CreateProps) {
  const offered = scopesOf(useMe().permissions);
  const [name, setName] = useState("");
  const [last, setLast] = useState(() => dayIn(USUAL_DAYS));
  const [scopes, setScopes] = useState<Scope[] | null>([]);
  const creating = useDeed(async () => {
    const body = { name: name.trim(), scopes, expires_at: last ? after(last) : null };
    made((await ask(api.POST("/v1/api-keys", { body }))).data);
  });
  const { failure } = creating;
  const elsewhere = failure?.of("name") || failure?.of("expires_at") ? undefined : failure;
  return (
    <Dialog title="New API key" close={close} wide>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void creating.run();
        }}
      >
        <div class="fields">
          <Field name="Name" field="name" failure={failure} hint="What uses it, so that it is known later.">
            {(control) => (
              <input
                {...control}
                required
                maxLength={255}
                autocomplete="off"
                value={name}
                onInput={(event) => setName(event.currentTarget.value)}
              />
            )}
          </Field>
          <Field name="Last day (UTC)" field="expires_at" failure={failure} hint="Empty: until it is revoked.">
            {(control) => (
              <input {...control} type="date" min={dayIn(0)} value={last} onInput={(event) => setLast(event.currentTarget.value)} />
            )}
          </Field>
        </div>
        <Scopes offered={offered} chosen={scopes} choose={setScopes} />
        <Trouble failure={elsewhere} />
        <footer>
          <button type="button" onClick={close}>
            Not now
          </button>
          <button type="submit" class="main" disabled={creating.busy || !name.trim() || scopes?.length === 0}>
            {creating.busy ? "Making it…" : "Make the key"}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}

interface ScopesProps {
  offered: Scope[];
  /** Null: whatever the owner may. */
  chosen: Scope[] | null;
  choose: (scopes: Scope[] | null) => void;
}

function Scopes({ offered, chosen, choose }: ScopesProps) {
  const turn = (scope: Scope, on: boolean) => choose(offered.filter((one) => (one === scope ? on : chosen?.includes(one))));
  return (
    <>
      <fieldset>
        <legend>What it may</legend>
        <label class="choice">
          <input type="radio" name="width" checked={chosen !== null} onChange={() => choose([])} /> Only what is ticked
        </label>
        <label class="choice">
          <input type="radio" name="width" checked={chosen === null} onChange={() => choose(null)} /> Whatever I may, now and later
        </label>
      </fieldset>
      {chosen && (
        <fieldset class="scopes">
          <legend class="unseen">Scopes</legend>
          {offered.map((scope) => (
            <label key={scope} class="choice">
              <input type="checkbox" checked={chosen.includes(scope)} onChange={(event) => turn(scope, event.currentTarget.checked)} />{" "}
              {SCOPES[scope]} <code class="quiet">{scope}</code>
            </label>
          ))}
        </fieldset>
      )}
    </>
  );
}

function dayIn(days: number): string {
  return new Date(Date.now() + days * DAY_MS).toISOString().slice(0, 10);
}

/** The first moment after a day. */
function after(day: string): string {
  return new Date(Date.parse(day) + DAY_MS).toISOString();
}
