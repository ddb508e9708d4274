/** Why somebody may or may not: the answer, the rules in the order they were asked, and what would turn it. */

import { useState } from "preact/hooks";
import { api, ask, type Shapes } from "../../api/client";
import { useQuery } from "../../api/hooks";
import { AsCode } from "../../parts/as-code";
import { Badge } from "../../parts/badge";
import { CopyButton } from "../../parts/copy";
import { Asked } from "../../parts/states";
import { principal } from "./entries";
import { Rehearsal } from "./rehearsal";
import { type Ace, type Change, type Deed, deedsOf, type Place } from "./resource";

type Explanation = Shapes["ExplanationRead"];

export const RULES: Record<Shapes["Rule"], string> = {
  super_admin: "Administers the platform",
  tenant_admin: "Administers the organisation",
  owner: "Owns it",
  explicit_deny: "Denied on it",
  explicit_allow: "Allowed on it",
  collection_owner: "Owns its collection",
  inherited_deny: "Denied on its collection",
  inherited_allow: "Allowed on its collection",
  default_access: "What is said for everybody",
  none: "Nothing speaks of it, which is a no",
};
const SAID = { passed_over: ["·", "does not speak"], decided: ["◆", "this decided"], would_have_been_asked: ["○", "not asked any more"] };

interface Asking {
  place: Place;
  who: string;
  deed: Deed;
}

export function Explainer({ place, who, deed }: Asking) {
  const path = { type: place.type, id: place.id };
  const body = { user_id: who, permission: deed };
  const query = useQuery(
    (signal) => ask(api.POST("/v1/modules/scaimatrix/permissions/{type}/{id}/explain", { params: { path }, body, signal })),
    [place.id, who, deed],
  );
  return (
    <Asked query={query} what="the answer">
      {(found) => (
        <div class="explained">
          <p class={found.allowed ? "verdict yes" : "verdict no"} role="status">
            <span aria-hidden="true">{found.allowed ? "✓" : "✕"}</span> {found.reason}
          </p>
          <Through found={found} />
          <Rules found={found} />
          <Remedies found={found} place={place} done={query.reload} />
          <Groups found={found} />
          <div class="row">
            <CopyButton text={location.href}>Copy as link</CopyButton>
            <CopyButton text={JSON.stringify(found, null, 2)}>Copy as JSON</CopyButton>
          </div>
          <AsCode call={{ method: "POST", path: `/v1/modules/scaimatrix/permissions/${place.type}/${place.id}/explain`, body }} />
        </div>
      )}
    </Asked>
  );
}

function Through({ found }: { found: Explanation }) {
  if (!found.group_path.length) return null;
  return <p>Through {found.group_path.map(({ name }) => name).join(" → ")}</p>;
}

function Rules({ found }: { found: Explanation }) {
  return (
    <section>
      <h2>Asked in this order</h2>
      <ol class="rules">
        {found.rules.map(({ rule, said, entries }) => (
          <li key={rule} class={said}>
            <span class="sign" aria-hidden="true">
              {SAID[said][0]}
            </span>
            <span>
              {RULES[rule]}
              {entries.map((entry) => (
                <Entry key={entry.id} entry={entry} />
              ))}
            </span>
            <span class="said">{said === "decided" ? <Badge tone={found.allowed ? "good" : "bad"}>this decided</Badge> : SAID[said][1]}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}

function Entry({ entry }: { entry: Ace }) {
  return (
    <span class="entry">
      {entry.ace_type} {principal(entry)}: {deedsOf(entry.permission_names)}
      {entry.note && <q>{entry.note}</q>}
    </span>
  );
}

function Remedies({ found, place, done }: { found: Explanation; place: Place; done: () => void }) {
  const [tried, attempt] = useState<Shapes["RemedyRead"]>();
  return (
    <section>
      <h2>{found.allowed ? "What would take it away" : "What would allow it"}</h2>
      {found.remedies.length === 0 && <p class="quiet">Nothing that can be proposed to you.</p>}
      <ul class="remedies">
        {found.remedies.map((remedy, at) => (
          <li key={at}>
            <span>{remedy.sentence}</span>
            {remedy.steps.length > 1 && (
              <ul>
                {remedy.steps.map((step, number) => (
                  <li key={number}>{step.sentence}</li>
                ))}
              </ul>
            )}
            {remedy.change && (
              <button type="button" onClick={() => attempt(remedy)}>
                See who gains and loses
              </button>
            )}
          </li>
        ))}
      </ul>
      {tried?.change && (
        <Rehearsal
          title="Try this remedy"
          deed="Do it"
          place={tried.on ?? place}
          change={tried.change as unknown as Change}
          done={done}
          close={() => attempt(undefined)}
        >
          <p>{tried.sentence}</p>
        </Rehearsal>
      )}
    </section>
  );
}

function Groups({ found }: { found: Explanation }) {
  if (!found.groups) return null;
  const said = found.groups.map(({ name, direct }) => (direct ? name : `${name} (through another group)`)).join(", ");
  return (
    <section>
      <h2>Their groups</h2>
      <p>{said || "none"}</p>
    </section>
  );
}
