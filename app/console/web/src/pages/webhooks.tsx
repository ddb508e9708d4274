/** Who is told of what happens here. */

import { useState } from "preact/hooks";
import { api, ask, type Shapes } from "../api/client";
import { usePages } from "../api/hooks";
import { Badge } from "../parts/badge";
import { SettingsPage } from "../parts/settings/frame";
import { Once } from "../parts/settings/once";
import { Empty } from "../parts/states";
import { type Column, PagedTable } from "../parts/table";
import { Time } from "../parts/time";
import { EVENTS, hostOf, type Webhook } from "./webhooks/events";
import { NewWebhook } from "./webhooks/new";

const COLUMNS: Column<Webhook>[] = [
  { name: "Address", wide: true, cell: ({ id, url }) => <a href={`/console/settings/webhooks/${id}`}>{url}</a> },
  { name: "Told when", wide: true, cell: ({ events }) => events.map((event) => EVENTS[event]).join(", ") },
  { name: "State", cell: ({ status }) => <State status={status} /> },
  { name: "Changed", cell: ({ updated_at }) => <Time at={updated_at} /> },
];

export function State({ status }: Pick<Webhook, "status">) {
  return status === "active" ? <Badge tone="good">told</Badge> : <Badge>paused</Badge>;
}

export default function Webhooks() {
  const [making, make] = useState(false);
  return (
    <SettingsPage
      of="Webhooks"
      lead="Addresses of yours that are told of what happens here, signed, at least once each."
      actions={
        <button type="button" class="main" onClick={() => make(true)}>
          New webhook
        </button>
      }
    >
      <List making={making} make={make} />
    </SettingsPage>
  );
}

function List({ making, make }: { making: boolean; make: (on: boolean) => void }) {
  const [made, setMade] = useState<Shapes["WebhookCreated"]>();
  const pages = usePages<Webhook>((cursor, signal) => ask(api.GET("/v1/webhooks", { params: { query: { cursor, limit: 50 } }, signal })), []);
  return (
    <>
      {made?.secret && (
        <Once
          title={`The secret of ${hostOf(made.url)}`}
          name="The secret"
          secret={made.secret}
          says="It is shown this once. Its receiver needs it to see that what it is told comes from here."
          done={() => setMade(undefined)}
        />
      )}
      <PagedTable
        caption="Webhooks"
        columns={COLUMNS}
        keyOf={({ id }) => id}
        pages={pages}
        empty={
          <Empty title="Nobody is told of anything yet.">
            <p>Make a webhook, and a server of yours hears when a document can be searched, a crawl ends or a budget runs out.</p>
          </Empty>
        }
      />
      {making && (
        <NewWebhook
          close={() => make(false)}
          made={(webhook) => {
            make(false);
            setMade(webhook);
            pages.reload();
          }}
        />
      )}
    </>
  );
}
