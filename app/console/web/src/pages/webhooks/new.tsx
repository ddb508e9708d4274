import { useState } from "preact/hooks";
import { api, ask, type Shapes } from "../../api/client";
import { useDeed } from "../../api/hooks";
import { Dialog } from "../../parts/dialog";
import { Field } from "../../parts/field";
import { Trouble } from "../../parts/states";
import type { Event } from "./events";
import { WebhookFields } from "./fields";

interface NewWebhookProps {
  made: (webhook: Shapes["WebhookCreated"]) => void;
  close: () => void;
}

export function NewWebhook({ made, close }: NewWebhookProps) {
  const [url, setUrl] = useState("");
  const [events, setEvents] = useState<Event[]>([]);
  const [secret, setSecret] = useState("");
  const making = useDeed(async () => {
    made((await ask(api.POST("/v1/webhooks", { body: { url: url.trim(), events, secret: secret.trim() || null } }))).data);
  });
  const { failure } = making;
  return (
    <Dialog title="New webhook" close={close} wide>
      <form onSubmit={(event) => (event.preventDefault(), void making.run())}>
        <WebhookFields
          url={url}
          events={events}
          put={(changes) => {
            if (changes.url !== undefined) setUrl(changes.url);
            if (changes.events !== undefined) setEvents(changes.events);
          }}
          failure={failure}
        />
        <Field name="Secret" field="secret" failure={failure} hint="Signs what is sent, so that its receiver knows it is from here. Empty: one is made, and shown once.">
          {(control) => (
            <input
              {...control}
              type="password"
              maxLength={500}
              autocomplete="new-password"
              value={secret}
              onInput={(event) => setSecret(event.currentTarget.value)}
            />
          )}
        </Field>
        <Trouble failure={failure?.of("url") ? undefined : failure} />
        <footer>
          <button type="button" onClick={close}>
            Not now
          </button>
          <button type="submit" class="main" disabled={making.busy || !url.trim() || events.length === 0}>
            {making.busy ? "Making it…" : "Make the webhook"}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}
