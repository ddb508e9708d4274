/** Whether a run reaches what its assistant must reach before it is published. */

import { api, ask, type Shapes } from "../../api/client";
import { useQuery } from "../../api/hooks";
import { Badge } from "../../parts/badge";
import { Trouble } from "../../parts/states";
import { type Column, Table } from "../../parts/table";
import { askedBy, type Asked } from "./gate";
import { nameOf, shown } from "./metrics";
import { goesOn } from "./run-state";

const COLUMNS: Column<Asked>[] = [
  { name: "Number", wide: true, cell: ({ metric }) => nameOf(metric) },
  { name: "Asked", number: true, cell: ({ ceiling, limit }) => `${ceiling ? "at most" : "at least"} ${limit}` },
  { name: "Found", number: true, cell: ({ metric, found }) => (found === undefined ? "not measured" : shown(metric, found)) },
  { name: "Reached", cell: ({ passed }) => (passed ? <Badge tone="good">reached</Badge> : <Badge tone="bad">missed</Badge>) },
];

export function GateSaid({ summary }: { summary: Shapes["EvalRunSummaryRead"] }) {
  const { run, withheld } = summary;
  const path = { persona_id: run.persona_id };
  const gate = useQuery((signal) => ask(api.GET("/v1/modules/scaipersona/personas/{persona_id}/gate", { params: { path }, signal })), [path]);
  if (!gate.data) return gate.failure && !gate.failure.missing ? <Trouble failure={gate.failure} retry={gate.reload} /> : null;
  if (gate.data.set_id !== run.set_id)
    return (
      <section class="card">
        <h2>Gate</h2>
        <p>
          The gate of this assistant asks for runs of <a href={`/console/evals/sets/${gate.data.set_id}`}>another set</a>.
        </p>
      </section>
    );
  const everybody = summary.summaries.find(({ reader_id }) => reader_id === null);
  const asked = askedBy(gate.data, everybody);
  const reached = run.status === "completed" && withheld === 0 && asked.every(({ passed }) => passed);
  return (
    <section class="card">
      <h2>
        Gate {!goesOn(run) && (reached ? <Badge tone="good">passed</Badge> : <Badge tone="bad">not passed</Badge>)}
      </h2>
      {run.status !== "completed" && <p>Only a run that has come to its end passes it.</p>}
      {withheld > 0 && <p>Answers are withheld from you: whoever may read all of them can say whether it is passed.</p>}
      {run.readers.length > 0 && <p>Publishing does not count this run: it did not ask every case as its own reader.</p>}
      <Table caption="What the gate asks for" columns={COLUMNS} items={asked} keyOf={({ metric, ceiling }) => `${metric} ${ceiling}`} />
      <p class="hint">Publishing looks at the newest such run of the set's newest version, of exactly what the assistant is by then.</p>
    </section>
  );
}
