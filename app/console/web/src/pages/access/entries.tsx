/** The entries of one thing in the order they count, and what can be changed about them. */

import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { api, ask, type Shapes } from "../../api/client";
import { useQuery } from "../../api/hooks";
import { Badge } from "../../parts/badge";
import { Asked } from "../../parts/states";
import { Table } from "../../parts/table";
import { Time } from "../../parts/time";
import { EntryForm, OwnerForm } from "./forms";
import { Person, Rehearsal } from "./rehearsal";
import { type Ace, accessHref, type Change, deedsOf, type Place } from "./resource";

type Access = Shapes["AccessRead"];

interface Row {
  ace: Ace;
  inherited: boolean;
}

interface Planned {
  title: string;
  deed: string;
  change: Change;
}

/** What is denied on the thing itself, then allowed on it, then the same from above. */
function inOrder(access: Access): Row[] {
  const sorted = (aces: Ace[], inherited: boolean) =>
    (["deny", "allow"] as const).flatMap((effect) =>
      aces.filter((ace) => ace.ace_type === effect).map((ace) => ({ ace, inherited })),
    );
  return [...sorted(access.aces, false), ...sorted(access.inherited_aces, true)];
}

export function principal(ace: Ace): string {
  if (ace.principal_type === "everyone") return "everyone";
  return ace.principal_name ?? ace.principal_id ?? ace.principal_type;
}

export function Entries({ place, above }: { place: Place; above: string | undefined }) {
  const [planned, plan] = useState<Planned>();
  const [form, setForm] = useState<"entry" | "owner">();
  const query = useQuery(
    (signal) =>
      ask(
        api.GET("/v1/modules/scaimatrix/permissions/{type}/{id}", {
          params: { path: { type: place.type, id: place.id } },
          signal,
        }),
      ),
    [place.id],
  );
  return (
    <Asked query={query} what="who has access">
      {(access) => (
        <>
          <Around access={access} plan={plan} changeOwner={() => setForm("owner")} />
          <div class="row spread">
            <h2>Entries, in the order they count</h2>
            <button type="button" class="main" onClick={() => setForm("entry")}>
              Allow or deny
            </button>
          </div>
          <List access={access} above={above} plan={plan} />
          {form === "entry" && <EntryForm place={place} done={query.reload} close={() => setForm(undefined)} />}
          {form === "owner" && <OwnerForm place={place} done={query.reload} close={() => setForm(undefined)} />}
          {planned && <Rehearsal {...planned} place={place} done={query.reload} close={() => plan(undefined)} />}
        </>
      )}
    </Asked>
  );
}

function Around({ access, plan, changeOwner }: { access: Access; plan: (made: Planned) => void; changeOwner: () => void }) {
  const turned = !access.inherit;
  return (
    <dl class="facts">
      <dt>Owner</dt>
      <dd>
        {access.owner_id ? <Person id={access.owner_id} /> : "nobody"}{" "}
        <button type="button" onClick={changeOwner}>
          Change owner
        </button>
      </dd>
      {access.default_access && (
        <>
          <dt>Everybody else</dt>
          <dd>{access.default_access === "tenant" ? "of the organisation may read" : "may do nothing"}</dd>
        </>
      )}
      {access.resource_type === "document" && (
        <>
          <dt>Inheritance</dt>
          <dd>
            {access.inherit ? "takes over what its collection says" : "stands alone; its collection does not count"}{" "}
            <button
              type="button"
              onClick={() =>
                plan({
                  title: turned ? "Inherit from the collection" : "Stop inheriting from the collection",
                  deed: turned ? "Inherit" : "Stop inheriting",
                  change: { op: "set_inheritance", inherit: turned, copy: false },
                })
              }
            >
              {turned ? "Inherit" : "Stop inheriting"}
            </button>
          </dd>
        </>
      )}
    </dl>
  );
}

function List({ access, above, plan }: { access: Access; above: string | undefined; plan: (made: Planned) => void }) {
  const rows = inOrder(access);
  if (!rows.length) return <p class="quiet">No entries. The owner, administrators and what is said for everybody decide.</p>;
  const revoke = (ace: Ace) =>
    plan({
      title: `Remove the entry for ${principal(ace)}`,
      deed: "Remove the entry",
      change: { op: "remove_ace", ace_id: ace.id },
    });
  const faded = (inherited: boolean, text: ComponentChildren) => (inherited ? <span class="quiet">{text}</span> : text);
  return (
    <Table
      caption="Entries, in the order they count"
      items={rows}
      keyOf={({ ace }) => ace.id}
      columns={[
        { name: "Effect", cell: ({ ace }) => <Badge tone={ace.ace_type === "deny" ? "bad" : "good"}>{ace.ace_type}</Badge> },
        { name: "Who", wide: true, cell: ({ ace, inherited }) => faded(inherited, <>{principal(ace)} <Sort ace={ace} /></>) },
        { name: "What", wide: true, cell: ({ ace, inherited }) => faded(inherited, deedsOf(ace.permission_names)) },
        {
          name: "From",
          cell: ({ inherited }) =>
            inherited ? above ? <a href={accessHref({ on: above, tab: "entries" })}>its collection</a> : "its collection" : "here",
        },
        { name: "Until", cell: ({ ace }) => (ace.expires_at ? <Time at={ace.expires_at} /> : <span class="quiet">always</span>) },
        { name: "Note", wide: true, cell: ({ ace, inherited }) => faded(inherited, ace.note ?? "") },
        {
          name: "Change",
          cell: ({ ace, inherited }) =>
            inherited ? (
              <span class="quiet">there</span>
            ) : (
              <button type="button" aria-label={`Remove the entry for ${principal(ace)}`} onClick={() => revoke(ace)}>
                Remove
              </button>
            ),
        },
      ]}
    />
  );
}

function Sort({ ace }: { ace: Ace }) {
  return ace.principal_type === "group" ? <span class="quiet">group</span> : null;
}
