/** Why it does not do what one expects, as a list with ticks. */

import { useState } from "preact/hooks";
import { api, ask, type Shapes } from "../../api/client";
import { useQuery } from "../../api/hooks";
import { Badge, type Tone } from "../../parts/badge";
import { Field } from "../../parts/field";
import { Asked } from "../../parts/states";

type Check = Shapes["PersonaCheckRead"];

const TONES: Record<Check["verdict"], [Tone, string]> = {
  ok: ["good", "well"],
  warning: ["warn", "look here"],
  problem: ["bad", "wrong"],
  unknown: ["plain", "not to be seen from here"],
};

/** `version` is of what is saved: another one is looked into anew. */
export function Diagnosis({ id, version }: { id: string; version: string }) {
  const [typed, setTyped] = useState("");
  const [query, setQuery] = useState("");
  const found = useQuery(
    (signal) =>
      ask(
        api.GET("/v1/modules/scaipersona/personas/{persona_id}/diagnose", {
          params: { path: { persona_id: id }, query: query ? { query } : {} },
          signal,
        }),
      ),
    [id, query, version],
  );
  return (
    <>
      <form onSubmit={(event) => (event.preventDefault(), typed.trim() === query ? found.reload() : setQuery(typed.trim()))}>
        <Field name="With a question" hint="Says also whether passages are lost to the minimum score.">
          {(control) => <input {...control} value={typed} onInput={(event) => setTyped(event.currentTarget.value)} />}
        </Field>
        <button type="submit" disabled={found.loading}>
          {found.loading ? "Looking…" : "Look again"}
        </button>
      </form>
      <Asked query={found} what="the checks">
        {({ healthy, checks }) => (
          <>
            <p role="status">{healthy ? "Nothing stands in its way." : "Something stands in its way."}</p>
            <ul class="checks">
              {checks.map((check) => (
                <li key={check.id}>
                  <Badge tone={TONES[check.verdict][0]}>{TONES[check.verdict][1]}</Badge> {check.finding}
                  {check.fix && check.verdict !== "ok" && <span class="fix">{check.fix}</span>}
                  <span class="quiet entry">{check.entry}</span>
                </li>
              ))}
            </ul>
          </>
        )}
      </Asked>
    </>
  );
}
