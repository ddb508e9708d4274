/** Two runs side by side: `?runs=before,after`. What chance may explain is called neither better nor worse. */

import { useLocation } from "preact-iso";
import { api, ask, type Shapes } from "../api/client";
import { useQuery } from "../api/hooks";
import { AsCode } from "../parts/as-code";
import { CopyId } from "../parts/copy";
import { plural } from "../parts/numbers";
import { Page } from "../parts/page";
import { Asked, Empty } from "../parts/states";
import { Differences } from "./evals/differences";
import { Changes } from "./evals/measured";
import { RunState, titleOf } from "./evals/run-state";
import { type Direction, DIRECTIONS, Sides } from "./evals/sides";
import { useTitles } from "./evals/titles";
import "./evals.css";

type Comparison = Shapes["EvalComparisonRead"];

const TRAIL = [{ name: "Evals", href: "/console/evals" }];

export default function EvalCompare() {
  const { query, route } = useLocation();
  const [before = "", after = ""] = (query.runs ?? "").split(",").map((id) => id.trim());
  const path = { run_id: before, other_id: after };
  const found = useQuery<Comparison>(
    before && after ? (signal) => ask(api.GET("/v1/evals/runs/{run_id}/compare/{other_id}", { params: { path }, signal })) : null,
    [path],
  );
  const change = DIRECTIONS.find((one) => one === query.change);
  const go = (runs: string, next?: Direction) => route(`/console/evals/compare?runs=${runs}${next ? `&change=${next}` : ""}`, true);
  return (
    <Page
      title="Compare two runs"
      trail={TRAIL}
      lead="By the answers that both got to the same case of the same reader, as far as you may read what they were made of."
      actions={
        found.data && (
          <button type="button" onClick={() => go(`${after},${before}`)}>
            Swap them
          </button>
        )
      }
    >
      {before && after ? (
        <Asked query={found} what="the comparison">
          {(comparison) => <Compared of={comparison} change={change} choose={(next) => go(`${before},${after}`, next)} />}
        </Asked>
      ) : (
        <Empty title="Which two?">
          <p>
            Pick two runs in the list of <a href="/console/evals">all runs</a>.
          </p>
        </Empty>
      )}
    </Page>
  );
}

interface ComparedProps {
  of: Comparison;
  change: Direction | undefined;
  choose: (change: Direction | undefined) => void;
}

function Compared({ of, change, choose }: ComparedProps) {
  const titles = useTitles();
  const beside = [
    of.only_before && `${of.only_before} only before, or withheld`,
    of.only_after && `${of.only_after} only after, or withheld`,
    of.altered && `${of.altered} whose case says something else in the other version`,
  ].filter(Boolean);
  return (
    <>
      <div class="two compared">
        <Run name="Before" of={of.before} titles={titles} />
        <Run name="After" of={of.after} titles={titles} />
      </div>
      {of.before.measured_hash === of.after.measured_hash && <p class="notice">Both measured exactly the same: what differs is chance.</p>}
      <p class="facts">
        <span>{plural(of.pairs, "answer")} to the same questions</span>
        {beside.length > 0 && <span>not compared: {beside.join(", ")}</span>}
      </p>
      <section class="part">
        <h2>Numbers</h2>
        {of.metrics.length > 0 ? <Differences metrics={of.metrics} /> : <p>No number is there in both.</p>}
        <AsCode
          call={{
            method: "GET",
            path: `/v1/evals/runs/${of.before.id}/compare/${of.after.id}`,
            cli: `scaigrid evals compare ${of.before.id} ${of.after.id}`,
          }}
        />
      </section>
      <section class="part">
        <h2>Cases</h2>
        <Sides key={`${of.before.id} ${of.after.id}`} of={of} change={change} choose={choose} />
      </section>
    </>
  );
}

interface RunProps {
  name: string;
  of: Comparison["before"];
  titles: ReturnType<typeof useTitles>;
}

function Run({ name, of, titles }: RunProps) {
  const path = { run_id: of.id };
  const found = useQuery((signal) => ask(api.GET("/v1/evals/runs/{run_id}", { params: { path }, signal })), [path]);
  const run = found.data?.run;
  return (
    <section class="card" aria-label={name}>
      <p class="quiet">{name}</p>
      <h2>
        <a href={`/console/evals/runs/${of.id}`}>{titleOf(run ?? of)}</a>
      </h2>
      <p class="facts">
        {run && <RunState run={run} />}
        <span>{titles.personas.get(of.persona_id) ?? of.persona_id}</span>
        <span>
          {titles.sets.get(of.set_id) ?? "set"}, version {of.set_version}
        </span>
        <CopyId id={of.config_hash} short />
      </p>
      {run && (
        <div class="changed-in">
          Changed in the assistant: <Changes changes={run.changes} />
        </div>
      )}
      {run && run.leaks > 0 && <p class="trouble leak">{plural(run.leaks, "answer")} leaked.</p>}
    </section>
  );
}
