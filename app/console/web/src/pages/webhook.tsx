/** One webhook: trying it, changing it, and what became of all it was told. */

import { useLocation, useRoute } from "preact-iso";
import { useState } from "preact/hooks";
import { api, ask, ifMatch, type Shapes } from "../api/client";
import { type Query, useDeed, useQuery } from "../api/hooks";
import { Badge } from "../parts/badge";
import { Confirm } from "../parts/dialog";
import { Editing, Refusal } from "../parts/settings/editing";
import { SettingsPage } from "../parts/settings/frame";
import { Once } from "../parts/settings/once";
import { Asked, Trouble } from "../parts/states";
import { say } from "../parts/toast";
import { Deliveries } from "./webhooks/deliveries";
import { EVENTS, hostOf, newSecret, type Webhook } from "./webhooks/events";
import { WebhookFields } from "./webhooks/fields";
import { State } from "./webhooks";
import "./webhooks.css";

const ONE = "/v1/webhooks/{webhook_id}";
const TRAIL = [{ name: "Webhooks", href: "/console/settings/webhooks" }];

export default function WebhookPage() {
  return (
    <SettingsPage of="Webhooks" title="Webhook" trail={TRAIL}>
      <Shown />
    </SettingsPage>
  );
}

function Shown() {
  const id = useRoute().params.id ?? "";
  const query = useQuery<Webhook>((signal) => ask(api.GET(ONE, { params: { path: { webhook_id: id } }, signal })), [id]);
  return (
    <Asked query={query} what="the webhook">
      {(webhook) => <One webhook={webhook} query={query} />}
    </Asked>
  );
}

interface OneProps {
  webhook: Webhook;
  query: Query<Webhook>;
}

function One({ webhook, query }: OneProps) {
  const { route } = useLocation();
  const [asking, setAsking] = useState<"edit" | "secret" | "delete">();
  const [secret, setSecret] = useState<string>();
  const [sent, setSent] = useState(0);
  const params = { path: { webhook_id: webhook.id } };
  const etag = query.answer?.etag ?? null;
  const change = async (body: Shapes["WebhookPatch"]) => {
    await ask(api.PATCH(ONE, { params, body, headers: ifMatch(etag) }));
    setAsking(undefined);
    query.reload();
  };
  const pinging = useDeed(async () => {
    const { data } = await ask(api.POST("/v1/webhooks/{webhook_id}/test", { params }));
    setTold(data);
    setSent((before) => before + 1);
  });
  const [told, setTold] = useState<Shapes["WebhookTested"]>();
  const pausing = useDeed(() => change({ status: webhook.status === "active" ? "disabled" : "active" }));
  const turning = useDeed(async () => {
    const fresh = newSecret();
    await change({ secret: fresh });
    setSecret(fresh);
  });
  const removing = useDeed(async () => {
    await ask(api.DELETE(ONE, { params, headers: ifMatch(etag) }));
    say(`${hostOf(webhook.url)} is told nothing more.`);
    route("/console/settings/webhooks");
  });
  return (
    <>
      {secret && (
        <Once
          title="The new secret"
          name="The secret"
          secret={secret}
          says="Everything is signed with it from now on. It is shown this once; give it to the receiver now."
          done={() => setSecret(undefined)}
        />
      )}
      <section class="card webhook">
        <h2>{webhook.url}</h2>
        <p>
          <State status={webhook.status} /> when {webhook.events.map((event) => EVENTS[event]).join(", ")}.
        </p>
        <div class="row">
          <button type="button" class="main" disabled={pinging.busy} onClick={() => void pinging.run()}>
            {pinging.busy ? "Sending…" : "Send a ping"}
          </button>
          <button type="button" onClick={() => setAsking("edit")}>
            Edit
          </button>
          <button type="button" disabled={pausing.busy} onClick={() => void pausing.run()}>
            {webhook.status === "active" ? "Pause" : "Resume"}
          </button>
          <button type="button" onClick={() => setAsking("secret")}>
            New secret
          </button>
          <button type="button" class="danger" onClick={() => setAsking("delete")}>
            Delete
          </button>
        </div>
        <p class="came" role="status">
          {told && (
            <>
              {told.delivered ? <Badge tone="good">taken</Badge> : <Badge tone="bad">not taken</Badge>}{" "}
              {told.delivered ? `The receiver answered ${told.status}.` : `${told.error} ${nextStep(told.status)}`}
            </>
          )}
        </p>
        <Trouble failure={pinging.failure} />
        <Refusal failure={pausing.failure} again={() => (pausing.forget(), query.reload())} />
      </section>
      <Deliveries id={webhook.id} turn={sent} />
      {asking === "edit" && (
        <Editing title="Edit the webhook" read={(signal) => ask(api.GET(ONE, { params, signal }))} close={() => setAsking(undefined)}>
          {(read, at, again) => (
            <Form
              read={read}
              etag={at}
              again={again}
              close={() => setAsking(undefined)}
              saved={() => {
                setAsking(undefined);
                query.reload();
              }}
            />
          )}
        </Editing>
      )}
      {asking === "secret" && (
        <Confirm
          title="Make a new secret?"
          deed="Make a new secret"
          run={() => void turning.run()}
          busy={turning.busy}
          failure={turning.failure}
          close={() => setAsking(undefined)}
        >
          <p>
            The old one signs nothing more from that moment on: until <strong>{hostOf(webhook.url)}</strong> knows the new one, it refuses what
            it is told, and is told again.
          </p>
        </Confirm>
      )}
      {asking === "delete" && (
        <Confirm
          title={`Delete ${hostOf(webhook.url)}?`}
          typed={hostOf(webhook.url)}
          deed="Delete the webhook"
          run={() => void removing.run()}
          busy={removing.busy}
          failure={removing.failure}
          close={() => setAsking(undefined)}
        >
          <p>It is told nothing more, what still waits for it is dropped, and the list of its deliveries goes.</p>
        </Confirm>
      )}
    </>
  );
}

function nextStep(status: number | null): string {
  if (status === null) return "Look whether it runs, and whether this address leads to it.";
  if (status === 401 || status === 403) return "Look whether it has the present secret.";
  if (status === 404) return "Look whether the path is right.";
  return "Its own log says why.";
}

interface FormProps {
  read: Webhook;
  etag: string | null;
  again: () => void;
  saved: () => void;
  close: () => void;
}

function Form({ read, etag, again, saved, close }: FormProps) {
  const [draft, setDraft] = useState({ url: read.url, events: read.events });
  const saving = useDeed(async () => {
    const params = { path: { webhook_id: read.id } };
    await ask(api.PATCH(ONE, { params, body: { url: draft.url.trim(), events: draft.events }, headers: ifMatch(etag) }));
    say("Saved.");
    saved();
  });
  return (
    <form onSubmit={(event) => (event.preventDefault(), void saving.run())}>
      <WebhookFields {...draft} put={(changes) => setDraft((before) => ({ ...before, ...changes }))} failure={saving.failure} />
      <Refusal failure={saving.failure?.of("url") ? undefined : saving.failure} again={again} />
      <footer>
        <button type="button" onClick={close}>
          Not now
        </button>
        <button type="submit" class="main" disabled={saving.busy || !draft.url.trim() || draft.events.length === 0}>
          {saving.busy ? "Saving…" : "Save"}
        </button>
      </footer>
    </form>
  );
}
