/** A run is begun: which set is put to which assistant, as whom, with what changed, judged by what, and where it ends. */

import { useLocation } from "preact-iso";
import { useEffect, useState } from "preact/hooks";
import { api, ask, type Shapes } from "../api/client";
import { useDeed, useQuery } from "../api/hooks";
import { permits, useMe } from "../api/me";
import { AsCode } from "../parts/as-code";
import { type Choice, Combobox } from "../parts/combobox";
import { Field } from "../parts/field";
import { findEvalSets, findPersonas } from "../parts/finding";
import { count } from "../parts/numbers";
import { NotAllowed, Page } from "../parts/page";
import { Failed, Loading, Trouble } from "../parts/states";
import { findModels } from "./chat/models";
import { changesOf, type Drafted, draftedOf, DraftFields } from "./evals/draft-fields";
import { capsOf, LimitFields, limitsOf, NO_LIMITS } from "./evals/limits";
import { Readers } from "./evals/readers";
import type { Run } from "./evals/run-state";
import { useTitles } from "./evals/titles";
import type { Persona } from "./persona/draft";
import "./evals.css";

const TRAIL = [{ name: "Evals", href: "/console/evals" }];

export default function EvalBegin() {
  const tests = permits(useMe(), "scaipersona:test");
  const from = useLocation().query.from;
  const earlier = useQuery(
    tests && from ? (signal) => ask(api.GET("/v1/evals/runs/{run_id}", { params: { path: { run_id: from } }, signal })) : null,
    [from],
  );
  return (
    <Page title="Begin a run" trail={TRAIL} lead="A set is put to an assistant, or to a changed draft of it. What it takes is paid from your budget.">
      {!tests ? (
        <NotAllowed />
      ) : !from ? (
        <Form />
      ) : earlier.data ? (
        <Form key={from} earlier={earlier.data.run} />
      ) : earlier.failure ? (
        <Failed failure={earlier.failure} retry={earlier.reload} />
      ) : (
        <Loading what="the earlier run" />
      )}
    </Page>
  );
}

function Form({ earlier }: { earlier?: Run }) {
  const { query, route } = useLocation();
  const titles = useTitles();
  const setId = query.set ?? earlier?.set_id ?? "";
  const personaId = query.persona ?? earlier?.persona_id ?? "";
  const [readers, setReaders] = useState<string[]>(earlier?.readers ?? []);
  const [judge, setJudge] = useState<Choice | null>(earlier?.judge ? { id: earlier.judge, name: earlier.judge } : null);
  const [limits, setLimits] = useState(earlier ? limitsOf(earlier.caps) : NO_LIMITS);
  const [note, setNote] = useState("");
  const [ahead, setAhead] = useState(false);
  const [estimate, setEstimate] = useState<Shapes["EvalEstimateRead"]>();
  const [drafted, setDrafted] = useState<Drafted>();
  const persona = useQuery<Persona>(
    personaId
      ? (signal) => ask(api.GET("/v1/modules/scaipersona/personas/{persona_id}", { params: { path: { persona_id: personaId } }, signal }))
      : null,
    [personaId],
  );
  const before = earlier?.persona_id === personaId ? earlier.changes : {};
  const of = persona.data;
  useEffect(() => setDrafted(of && draftedOf(of, before)), [of?.id, of?.updated_at]);
  const go = (changes: Record<string, string | undefined>) => {
    const next = Object.entries({ ...query, ...changes }).filter((one): one is [string, string] => Boolean(one[1]));
    route(`/console/evals/begin?${new URLSearchParams(next)}`, true);
  };
  const body: Shapes["EvalRunCreate"] = {
    set: setId,
    persona_id: personaId,
    ahead,
    ...(query.version ? { version: Number(query.version) } : {}),
    ...(readers.length ? { readers } : {}),
    ...(of && drafted ? { changes: changesOf(drafted, of, before) } : {}),
    ...(judge ? { judge: judge.id } : {}),
    caps: capsOf(limits),
    ...(note.trim() ? { note: note.trim() } : {}),
  };
  useEffect(() => setEstimate(undefined), [JSON.stringify(body)]); // it was of something else
  const estimating = useDeed(async () => setEstimate((await ask(api.POST("/v1/evals/runs/estimate", { body }))).data));
  const beginning = useDeed(async () => {
    const { data } = await ask(api.POST("/v1/evals/runs", { body }));
    route(`/console/evals/runs/${data.id}`);
  });
  const failure = beginning.failure ?? estimating.failure;
  const changed = Object.keys(body.changes ?? {}).length;
  const chosen = (id: string, names: Map<string, string>) => (id ? { id, name: names.get(id) ?? id } : null);
  const ready = setId && of && !beginning.busy;
  return (
    <form class="begin" onSubmit={(event) => (event.preventDefault(), void beginning.run())}>
      <section class="card">
        <h2>What is asked, and of what</h2>
        <div class="fields">
          <Combobox name="Set" find={findEvalSets} chosen={chosen(setId, titles.sets)} choose={(one) => go({ set: one?.id, version: undefined })} />
          <Combobox name="Assistant" find={findPersonas} chosen={chosen(personaId, titles.personas)} choose={(one) => go({ persona: one?.id })} />
        </div>
        {query.version && (
          <p class="notice">
            Version {query.version} of the set is asked, not its newest.{" "}
            <button type="button" onClick={() => go({ version: undefined })}>
              Ask the newest
            </button>
          </p>
        )}
        <Trouble failure={persona.failure} retry={persona.reload} />
        <Field name="Note" field="note" failure={failure} hint="What to call the run.">
          {(control) => <input {...control} maxLength={255} value={note} onInput={(event) => setNote(event.currentTarget.value)} />}
        </Field>
      </section>
      <section class="card">
        <h2>As whom</h2>
        <Readers readers={readers} change={setReaders} />
        <p class="hint">
          With nobody here each case is asked as its own reader. Answers are made of what both you and the reader may read; that you asked as them
          is written down.
        </p>
      </section>
      {drafted && (
        <details class="card" open={changed > 0}>
          <summary>
            <h2>
              Changed for this run <span class="quiet">{changed === 0 ? "nothing" : `${changed} of its fields`}</span>
            </h2>
          </summary>
          <p class="hint">Nothing of it is kept with the assistant.</p>
          <DraftFields drafted={drafted} change={(changes) => setDrafted({ ...drafted, ...changes })} failure={failure} />
        </details>
      )}
      <details class="card" open={Boolean(judge || earlier?.judge)}>
        <summary>
          <h2>
            Judge and limits <span class="quiet">{judge ? judge.name : "measured only"}</span>
          </h2>
        </summary>
        <Combobox name="Model that judges" find={findModels} chosen={judge} choose={setJudge} placeholder="none" />
        <p class="hint">What it says is marked as its word, and is paid as any call of yours.</p>
        <LimitFields limits={limits} change={setLimits} failure={failure} />
        <label class="choice">
          <input type="checkbox" checked={ahead} onChange={(event) => setAhead(event.currentTarget.checked)} /> Ask the next cut of a collection that
          is built and held, in place of what answers
        </label>
      </details>
      <Trouble failure={failure} />
      <p class="row">
        <button type="submit" class="main" disabled={!ready}>
          {beginning.busy ? "Beginning…" : "Begin"}
        </button>
        <button type="button" disabled={!ready || estimating.busy} onClick={() => void estimating.run()}>
          {estimating.busy ? "Reckoning…" : "What would it take?"}
        </button>
      </p>
      <div role="status">{estimate && <Estimate said={estimate} />}</div>
      {ready && <AsCode call={{ method: "POST", path: "/v1/evals/runs", body }} />}
    </form>
  );
}

function Estimate({ said }: { said: Shapes["EvalEstimateRead"] }) {
  return (
    <p>
      About {count(said.answers)} answers by {count(said.calls)} calls, {count(said.input_tokens)} tokens in and {count(said.output_tokens)} out, at
      a cost of {said.cost}: reckoned {said.based_on === "earlier_runs" ? "by what earlier runs took" : "by the length of what is sent"}.
    </p>
  );
}
