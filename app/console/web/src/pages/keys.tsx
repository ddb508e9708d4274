/** API keys: one's own, and those of everybody for who manages people. A new one is shown once. */

import { useState } from "preact/hooks";
import { api, ask, type Shapes } from "../api/client";
import { usePages } from "../api/hooks";
import { permits, useMe } from "../api/me";
import { Badge } from "../parts/badge";
import { CopyButton } from "../parts/copy";
import { NotAllowed, Page } from "../parts/page";
import { useNames } from "../parts/people";
import { SettingsNav } from "../parts/settings/frame";
import { Empty } from "../parts/states";
import { type Column, PagedTable } from "../parts/table";
import { Time, utc } from "../parts/time";
import { CreateKey } from "./keys/create";
import { RevokeKey } from "./keys/revoke";
import { type Scope, SCOPES } from "./keys/scopes";
import "./keys.css";

type Key = Shapes["ApiKeyRead"];

export default function Keys() {
  if (permits(useMe(), "api_keys:manage", "users:manage")) return <Shown />;
  return (
    <Page title="API keys">
      <NotAllowed />
    </Page>
  );
}

function Shown() {
  const me = useMe();
  const nameOf = useNames();
  const [creating, setCreating] = useState(false);
  const [made, setMade] = useState<Shapes["ApiKeyCreated"]>();
  const [leaving, setLeaving] = useState<Key>();
  const pages = usePages((cursor, signal) => ask(api.GET("/v1/api-keys", { params: { query: { cursor, limit: 50 } }, signal })), []);
  const mine = permits(me, "api_keys:manage");
  const columns: Column<Key>[] = [
    { name: "Name", wide: true, cell: (key) => <Named of={key} own={key.id === me.api_key_id} /> },
    ...(permits(me, "users:manage") ? [{ name: "Owner", wide: true, cell: ({ user_id }: Key) => nameOf(user_id) }] : []),
    { name: "May", wide: true, cell: ({ scopes }) => <May scopes={scopes} /> },
    { name: "Last used", cell: ({ last_used_at }) => <Time at={last_used_at} /> },
    { name: "Expires", cell: ({ expires_at }) => <Expiry at={expires_at} /> },
    {
      name: "Change",
      cell: (key) => (
        <button type="button" aria-label={`Revoke ${key.name}`} onClick={() => setLeaving(key)}>
          Revoke
        </button>
      ),
    },
  ];
  return (
    <Page
      title="API keys"
      trail={[{ name: "Settings", href: "/console/settings" }]}
      lead="For programs that act as you. A key never does more than its owner may; what it is limited to stays so."
      actions={
        mine && (
          <button type="button" class="main" onClick={() => setCreating(true)}>
            New key
          </button>
        )
      }
    >
      <SettingsNav />
      {made && <Once made={made} done={() => setMade(undefined)} />}
      <PagedTable
        caption="API keys"
        columns={columns}
        keyOf={({ id }) => id}
        pages={pages}
        empty={
          <Empty title="There is no key yet.">
            <p>Make one for each program, so that one can be revoked without the others.</p>
          </Empty>
        }
      />
      {creating && (
        <CreateKey
          close={() => setCreating(false)}
          made={(key) => {
            setMade(key);
            setCreating(false);
            pages.reload();
          }}
        />
      )}
      {leaving && (
        <RevokeKey
          of={leaving}
          close={() => setLeaving(undefined)}
          revoked={() => {
            pages.change((keys) => keys.filter(({ id }) => id !== leaving.id));
            if (made?.id === leaving.id) setMade(undefined);
            setLeaving(undefined);
          }}
        />
      )}
    </Page>
  );
}

/** The key itself; nothing keeps it once it is put away. */
function Once({ made, done }: { made: Shapes["ApiKeyCreated"]; done: () => void }) {
  return (
    <section class="card new-key" role="status" aria-label={`The key ${made.name}`}>
      <h2>{made.name}: this is the key</h2>
      <p>It is shown this once and kept nowhere. Put it where your program reads its secrets.</p>
      <pre tabIndex={0} aria-label="The key">
        {made.key}
      </pre>
      <div class="row">
        <CopyButton text={made.key}>Copy the key</CopyButton>
        <button type="button" onClick={done}>
          I have it
        </button>
      </div>
    </section>
  );
}

function Named({ of: { name, prefix }, own }: { of: Key; own: boolean }) {
  return (
    <span>
      <strong>{name}</strong> <code class="quiet">{prefix}…</code> {own && <Badge>you are signed in with it</Badge>}
    </span>
  );
}

function May({ scopes }: { scopes: string[] | null }) {
  if (scopes === null) return <>whatever its owner may</>;
  if (scopes.length === 0) return <span class="quiet">nothing</span>;
  return (
    <ul class="may">
      {scopes.map((scope) => (
        <li key={scope} title={scope}>
          {SCOPES[scope as Scope] ?? scope}
        </li>
      ))}
    </ul>
  );
}

function Expiry({ at }: { at: string | null }) {
  if (!at) return <span class="quiet">never</span>;
  if (Date.parse(at) <= Date.now()) return <Badge tone="bad">{`expired ${utc(at).slice(0, 10)}`}</Badge>;
  return <Time at={at} />;
}
