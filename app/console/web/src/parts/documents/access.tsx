/** Who can see a document and through what; and whether one person can, with the reason. */

import { useState } from "preact/hooks";
import { api, ask, type Shapes } from "../../api/client";
import { useDeed, useQuery } from "../../api/hooks";
import { Badge } from "../badge";
import { Combobox, type Choice } from "../combobox";
import { findUsers } from "../finding";
import { plural } from "../numbers";
import { Asked, Trouble } from "../states";

const RULES: Record<Shapes["RuleRead"]["rule"], string> = {
  super_admin: "super-admin",
  tenant_admin: "tenant-admin",
  owner: "owner of the document",
  explicit_deny: "denied on the document",
  explicit_allow: "allowed on the document",
  collection_owner: "owner of the collection",
  inherited_deny: "denied on the collection",
  inherited_allow: "allowed on the collection",
  default_access: "what the collection gives everyone",
  none: "nothing grants it",
};
const SAID = { passed_over: "no", decided: "this decided", would_have_been_asked: "would have been asked next" } as const;

export function WhoSees({ id }: { id: string }) {
  const holders = useQuery(
    (signal) => ask(api.GET("/v1/modules/scaimatrix/permissions/{type}/{id}/who", { params: { path: { type: "document", id } }, signal })),
    [id],
  );
  return (
    <>
      <h3>Who can read it</h3>
      {holders.failure?.missing && !holders.data ? (
        <p class="quiet">Those who manage it can see who else can.</p>
      ) : (
      <Asked query={holders} what="who can read it">
        {({ count, truncated, ways }) => (
          <>
            <p>{`${plural(count, "person", "people")}${truncated ? " or more" : ""}`}</p>
            <ul class="ways">
              {ways.map((way, index) => (
                <li key={index}>
                  <strong>{RULES[way.rule]}</strong>
                  {way.ace?.principal_name && ` (${way.ace.principal_name})`}: {way.people.map((person) => person.name).join(", ")}
                  {way.count > way.people.length && ` and ${way.count - way.people.length} more`}
                </li>
              ))}
            </ul>
          </>
        )}
      </Asked>
      )}
      <CheckSomeone id={id} />
    </>
  );
}

function CheckSomeone({ id }: { id: string }) {
  const [who, setWho] = useState<Choice | null>(null);
  const [told, setTold] = useState<Shapes["ExplanationRead"]>();
  const checking = useDeed(async () => {
    setTold(undefined);
    const body = { permission: "READ" as const, ...(who ? { user_id: who.id } : {}) };
    const params = { path: { type: "document" as const, id } };
    setTold((await ask(api.POST("/v1/modules/scaimatrix/permissions/{type}/{id}/explain", { params, body }))).data);
  });
  return (
    <section class="check">
      <h3>Check someone</h3>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void checking.run();
        }}
      >
        <Combobox name="Who; empty is you" find={findUsers} chosen={who} choose={setWho} placeholder="Name or address" />
        <p class="row">
          <button type="submit" disabled={checking.busy}>
            {checking.busy ? "Looking…" : "Check"}
          </button>
        </p>
      </form>
      <Trouble failure={checking.failure} />
      <div aria-live="polite">{told && <Verdict told={told} />}</div>
    </section>
  );
}

function Verdict({ told }: { told: Shapes["ExplanationRead"] }) {
  return (
    <>
      <p>
        <Badge tone={told.allowed ? "good" : "bad"}>{told.allowed ? "Yes" : "No"}</Badge> {told.reason}
      </p>
      <ol class="rules">
        {told.rules.map(({ rule, said, entries }) => (
          <li key={rule} class={said === "decided" ? "decided" : ""}>
            {RULES[rule]} {entries.map((entry) => entry.principal_name).filter(Boolean).join(", ")}{" "}
            <span class="quiet">{SAID[said]}</span>
          </li>
        ))}
      </ol>
      {told.remedies.length > 0 && (
        <>
          <h4>To change that</h4>
          <ul>
            {told.remedies.map(({ sentence }) => (
              <li key={sentence}>{sentence}</li>
            ))}
          </ul>
        </>
      )}
    </>
  );
}
