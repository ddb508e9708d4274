/** What a persona must reach, on which questions, before it is published or changed while it is. */

import { useId, useState } from "preact/hooks";
import { api, ask, ifMatch, ifMatchOrNone, type Shapes } from "../../api/client";
import { useDeed, useQuery } from "../../api/hooks";
import { type Choice, Combobox } from "../../parts/combobox";
import { findEvalSets } from "../../parts/finding";
import { Refusal } from "../../parts/settings/editing";
import { Loading, Trouble } from "../../parts/states";
import { say } from "../../parts/toast";
import { nameOf } from "../evals/metrics";
import { useTitles } from "../evals/titles";
import { type Demand, demandsOf, limitsOf, METRICS, wrongWith } from "./demands";

const GATE = "/v1/modules/scaipersona/personas/{persona_id}/gate";

export function Gate({ id, readOnly }: { id: string; readOnly: boolean }) {
  const path = { persona_id: id };
  const gate = useQuery((signal) => ask(api.GET(GATE, { params: { path }, signal })), [id]);
  const none = gate.failure?.missing ?? false;
  if (!gate.data && !none) return gate.failure ? <Trouble failure={gate.failure} retry={gate.reload} /> : <Loading what="the gate" />;
  const kept = none ? undefined : gate.data;
  const etag = kept ? (gate.answer?.etag ?? null) : null;
  return (
    <>
      <p>
        {kept
          ? "It is published, and changed while it is, only as a run of these questions has shown it to be good enough."
          : "Nothing is asked of it before it is published."}
      </p>
      {readOnly ? kept && <Asked gate={kept} /> : <Form key={etag ?? ""} id={id} kept={kept} etag={etag} again={gate.reload} />}
    </>
  );
}

function Asked({ gate }: { gate: Shapes["EvalGateRead"] }) {
  return (
    <ul>
      <li>
        <a href={`/console/evals/sets/${gate.set_id}`}>Its questions</a>
      </li>
      {demandsOf(gate).map(({ metric, most, limit }) => (
        <li key={`${most} ${metric}`}>
          {nameOf(metric)} {most ? "at most" : "at least"} {limit}
        </li>
      ))}
      <li>Nothing leaks.</li>
    </ul>
  );
}

interface FormProps {
  id: string;
  kept: Shapes["EvalGateRead"] | undefined;
  etag: string | null;
  again: () => void;
}

function Form({ id, kept, etag, again }: FormProps) {
  const titles = useTitles();
  const [chosen, setChosen] = useState<Choice | null>();
  const [demands, setDemands] = useState<Demand[]>(kept ? demandsOf(kept) : []);
  const set = chosen === undefined && kept ? { id: kept.set_id, name: titles.sets.get(kept.set_id) ?? kept.set_id } : (chosen ?? null);
  const params = { path: { persona_id: id } };
  const saving = useDeed(async () => {
    if (!set) return;
    await ask(api.PUT(GATE, { params, body: { set_id: set.id, ...limitsOf(demands) }, headers: ifMatchOrNone(etag) }));
    say("The gate is set.");
    again();
  });
  const removing = useDeed(async () => {
    await ask(api.DELETE(GATE, { params, headers: ifMatch(etag) }));
    say("The gate is gone.");
    again();
  });
  const wrong = wrongWith(demands);
  return (
    <form onSubmit={(event) => (event.preventDefault(), void saving.run())}>
      <Combobox name="Questions" find={findEvalSets} chosen={set} choose={setChosen} placeholder="An evaluation set" />
      <Rows demands={demands} change={setDemands} />
      <p class="hint">That nothing leaks is always asked for, and that no case is without an answer unless some are allowed.</p>
      {wrong && <p class="complaint">{wrong}</p>}
      <Refusal failure={saving.failure ?? removing.failure} again={again} />
      <p class="row">
        <button type="submit" class="main" disabled={!set || wrong !== undefined || saving.busy}>
          {kept ? "Save the gate" : "Set the gate"}
        </button>
        {kept && (
          <button type="button" class="danger" disabled={removing.busy} onClick={() => void removing.run()}>
            Take the gate away
          </button>
        )}
      </p>
    </form>
  );
}

function Rows({ demands, change }: { demands: Demand[]; change: (demands: Demand[]) => void }) {
  const known = useId();
  const put = (at: number, part: Partial<Demand>) => change(demands.map((one, place) => (place === at ? { ...one, ...part } : one)));
  return (
    <fieldset class="demands">
      <legend>What it must reach</legend>
      <datalist id={known}>
        {METRICS.map((metric) => (
          <option key={metric} value={metric}>
            {nameOf(metric)}
          </option>
        ))}
      </datalist>
      {demands.map(({ metric, most, limit }, at) => (
        <p key={at} class="row">
          <input aria-label={`Number ${at + 1}`} list={known} value={metric} onInput={(event) => put(at, { metric: event.currentTarget.value })} />
          <select aria-label={`How number ${at + 1} is limited`} value={most ? "most" : "least"} onChange={(event) => put(at, { most: event.currentTarget.value === "most" })}>
            <option value="least">at least</option>
            <option value="most">at most</option>
          </select>
          <input
            aria-label={`Limit of number ${at + 1}`}
            class="weight"
            inputMode="decimal"
            value={limit}
            onInput={(event) => put(at, { limit: event.currentTarget.value })}
          />
          <button type="button" class="plain" aria-label={`Leave out number ${at + 1}`} onClick={() => change(demands.filter((_, place) => place !== at))}>
            ✕
          </button>
        </p>
      ))}
      <p>
        <button type="button" onClick={() => change([...demands, { metric: "", most: false, limit: "" }])}>
          Ask for one more
        </button>
      </p>
    </fieldset>
  );
}
