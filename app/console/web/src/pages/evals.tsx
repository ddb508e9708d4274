/** Sets of cases, and the runs that put them to assistants. */

import { useLocation } from "preact-iso";
import { useState } from "preact/hooks";
import { api, ask, type Shapes } from "../api/client";
import { useDeed, usePages } from "../api/hooks";
import { permits, useMe } from "../api/me";
import { Dialog } from "../parts/dialog";
import { Field } from "../parts/field";
import { count } from "../parts/numbers";
import { NotAllowed, Page } from "../parts/page";
import { Empty, Trouble } from "../parts/states";
import { type Column, PagedTable } from "../parts/table";
import { Time } from "../parts/time";
import { RunsTable } from "./evals/runs-table";
import { useTitles } from "./evals/titles";
import "./evals.css";

type EvalSet = Shapes["EvalSetRead"];

const COLUMNS: Column<EvalSet>[] = [
  { name: "Set", wide: true, cell: (one) => <Named set={one} /> },
  { name: "Cases", number: true, cell: ({ case_count }) => count(case_count) },
  { name: "Version", number: true, cell: ({ version }) => version ?? <span class="quiet">—</span> },
  { name: "Changed", cell: ({ updated_at }) => <Time at={updated_at} /> },
];

export default function Evals() {
  if (permits(useMe(), "scaipersona:view")) return <Shown />;
  return (
    <Page title="Evals">
      <NotAllowed />
    </Page>
  );
}

function Shown() {
  const tests = permits(useMe(), "scaipersona:test");
  const { query, route } = useLocation();
  const [making, make] = useState(false);
  const titles = useTitles();
  const listed = usePages<EvalSet>((cursor, signal) => ask(api.GET("/v1/evals/sets", { params: { query: { cursor, limit: 20 } }, signal })), []);
  const persona = query.persona || undefined;
  const button = (
    <button type="button" onClick={() => make(true)}>
      New set
    </button>
  );
  const sets = (
    <section class="part">
      <h2>Sets</h2>
      <PagedTable
        caption="Sets"
        columns={COLUMNS}
        keyOf={({ id }) => id}
        pages={listed}
        empty={
          <Empty title="There is no set yet.">
            <p>
              {tests
                ? "Make one and give it cases: a question, who asks it, and what should be found or must not be shown."
                : "Somebody who tests assistants can make one."}
            </p>
            {tests && <p>{button}</p>}
          </Empty>
        }
      />
    </section>
  );
  const runs = (
    <section class="part">
      <h2>Runs</h2>
      {persona && (
        <p class="row">
          <span>Of {titles.personas.get(persona) ?? persona} only.</span>
          <button type="button" onClick={() => route("/console/evals")}>
            Show all
          </button>
        </p>
      )}
      <RunsTable
        of={{ persona_id: persona }}
        titles={titles}
        empty={
          <Empty title="Nothing has been run yet.">
            {tests && (
              <p>
                <a href={`/console/evals/begin${persona ? `?persona=${encodeURIComponent(persona)}` : ""}`}>Begin a run</a> of a set that asks
                something.
              </p>
            )}
          </Empty>
        }
      />
    </section>
  );
  return (
    <Page
      title="Evals"
      lead="Whether an assistant is good, for each kind of reader, before it goes live. A set asks questions, each as somebody; a run puts it to an assistant."
      actions={
        tests && (
          <>
            {button}
            <a class="button main" href={`/console/evals/begin${persona ? `?persona=${encodeURIComponent(persona)}` : ""}`}>
              Begin a run
            </a>
          </>
        )
      }
    >
      {persona ? (
        <>
          {runs}
          {sets}
        </>
      ) : (
        <>
          {sets}
          {runs}
        </>
      )}
      {making && <NewSet close={() => make(false)} />}
    </Page>
  );
}

function Named({ set }: { set: EvalSet }) {
  return (
    <span>
      <a href={`/console/evals/sets/${set.id}`}>{set.name}</a>
      {set.description && <span class="quiet about-set">{set.description}</span>}
    </span>
  );
}

function NewSet({ close }: { close: () => void }) {
  const { route } = useLocation();
  const [name, setName] = useState("");
  const [description, setDescription] = useState("");
  const making = useDeed(async () => {
    const { data } = await ask(api.POST("/v1/evals/sets", { body: { name: name.trim(), description } }));
    route(`/console/evals/sets/${data.id}`);
  });
  return (
    <Dialog title="New set" close={close}>
      <form onSubmit={(event) => (event.preventDefault(), void making.run())}>
        <Field name="Name" field="name" failure={making.failure}>
          {(control) => <input {...control} maxLength={255} value={name} onInput={(event) => setName(event.currentTarget.value)} />}
        </Field>
        <Field name="Description" field="description" failure={making.failure} hint="What it is to find out.">
          {(control) => <textarea {...control} rows={2} value={description} onInput={(event) => setDescription(event.currentTarget.value)} />}
        </Field>
        <Trouble failure={making.failure} />
        <footer>
          <button type="button" onClick={close}>
            Cancel
          </button>
          <button type="submit" class="main" disabled={making.busy || !name.trim()}>
            {making.busy ? "Making…" : "Make"}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}
