/** One run: how far it is, what its answers are worth, and every one of them. */

import { useLocation, useRoute } from "preact-iso";
import { useEffect, useRef, useState } from "preact/hooks";
import { api, ask, type Shapes } from "../api/client";
import { useEvents, usePages, useQuery } from "../api/hooks";
import { permits, useMe } from "../api/me";
import { AsCode } from "../parts/as-code";
import { plural } from "../parts/numbers";
import { Page } from "../parts/page";
import { Progress } from "../parts/progress";
import { Failed, Loading, Trouble } from "../parts/states";
import { Answers, queryOf, type Wanted, wantedOf } from "./evals/answers";
import { ComparePicker } from "./evals/compare-picker";
import { GateSaid } from "./evals/gate-said";
import { Measured } from "./evals/measured";
import { Numbers } from "./evals/numbers";
import { RunDeeds } from "./evals/run-deeds";
import { goesOn, type Run, RunState, titleOf } from "./evals/run-state";
import { useTitles } from "./evals/titles";
import "./evals.css";

type Summary = Shapes["EvalRunSummaryRead"];

const TRAIL = { name: "Evals", href: "/console/evals" };

export default function EvalRunPage() {
  const id = useRoute().params.id ?? "";
  return <One key={id} id={id} />;
}

function One({ id }: { id: string }) {
  const found = useQuery<Summary>((signal) => ask(api.GET("/v1/evals/runs/{run_id}", { params: { path: { run_id: id } }, signal })), [id]);
  const [told, tell] = useState<Run>(); // newer than what was asked for
  if (!found.data)
    return (
      <Page title="Run" trail={[TRAIL]}>
        {found.failure ? <Failed failure={found.failure} retry={found.reload} /> : <Loading what="the run" />}
      </Page>
    );
  const run = told ?? found.data.run;
  return <Shown summary={{ ...found.data, run }} counted={found.data.run.done} tell={tell} reload={found.reload} failure={found.failure} />;
}

interface ShownProps {
  summary: Summary;
  /** How many answers the numbers were made of. */
  counted: number;
  tell: (run: Run) => void;
  reload: () => void;
  failure: ReturnType<typeof useQuery>["failure"];
}

function Shown({ summary, counted, tell, reload, failure }: ShownProps) {
  const { run } = summary;
  const tests = permits(useMe(), "scaipersona:test");
  const { query, route } = useLocation();
  const titles = useTitles();
  const wanted = wantedOf(query);
  const answers = usePages(
    (cursor, signal) =>
      ask(api.GET("/v1/evals/runs/{run_id}/cases", { params: { path: { run_id: run.id }, query: { ...queryOf(wanted), cursor, limit: 20 } }, signal })),
    [run.id, queryOf(wanted)],
  );
  const line = useEvents(goesOn(run) ? `/v1/evals/runs/${encodeURIComponent(run.id)}/events` : null, ({ data }) => {
    if (typeof data === "object" && data !== null && "status" in data && "done" in data) tell(data as Run);
  });
  const look = () => (reload(), answers.reload());
  const over = !goesOn(run);
  const was = useRef(over);
  useEffect(() => {
    if (over && !was.current) look();
    was.current = over;
  }, [over]);
  const choose = (changes: Partial<Wanted> & { beside?: string }) => {
    const next = { ...query, ...changes } as Record<string, string>;
    const said = new URLSearchParams(Object.entries(next).filter(([name, value]) => value && !(name === "only" && value === "all")));
    route(`/console/evals/runs/${run.id}${said.size ? `?${said}` : ""}`, true);
  };
  const everybody = summary.summaries.find(({ reader_id }) => reader_id === null);
  const readers = summary.summaries.flatMap(({ reader_id }) => reader_id ?? []);
  const setName = titles.sets.get(run.set_id) ?? "Set";
  return (
    <Page
      title={titleOf(run)}
      trail={[TRAIL, { name: setName, href: `/console/evals/sets/${run.set_id}` }]}
      actions={
        <>
          {tests && (
            <a class="button" href={`/console/evals/begin?from=${run.id}`}>
              Run it again, changed
            </a>
          )}
          {tests && <RunDeeds run={run} changed={tell} />}
        </>
      }
    >
      <Standing run={run} standing={line.standing} />
      <Trouble failure={failure ?? line.failure} retry={look} />
      {run.leaks > 0 && (
        <div class="leak-notice" role="alert">
          <p>
            <strong>{plural(run.leaks, "answer")} showed a reader what they must not be shown.</strong> One leak is one too many: no gate lets
            it through.
          </p>
          <button type="button" class="danger" onClick={() => choose({ only: "leaked", case: "", reader: "", below: "" })}>
            Show the leaks
          </button>
        </div>
      )}
      {summary.withheld > 0 && over && (
        <p class="notice">
          {plural(summary.withheld, "answer")} {summary.withheld === 1 ? "is" : "are"} withheld from you and in no number here: made of what you
          may not read.
        </p>
      )}
      {run.done > counted && !over && (
        <p class="row" role="status">
          <button type="button" onClick={look}>
            {run.done - counted} more done: look again
          </button>
        </p>
      )}
      <Measured run={run} titles={titles} />
      <section class="card">
        <h2>Numbers {goesOn(run) && <span class="quiet">so far, of {plural(counted, "answer")}</span>}</h2>
        <Numbers summaries={summary.summaries} reader={query.beside} choose={(beside) => choose({ beside })} />
        <AsCode call={{ method: "GET", path: `/v1/evals/runs/${run.id}`, cli: `scaigrid evals watch ${run.id}` }} />
      </section>
      <GateSaid summary={summary} />
      {over && <ComparePicker run={run} />}
      <section class="part">
        <h2>Answers</h2>
        <Answers
          run={run}
          readers={readers}
          metrics={(everybody?.metrics ?? []).map(({ metric }) => metric)}
          wanted={wanted}
          choose={choose}
          pages={answers}
        />
      </section>
    </Page>
  );
}

function Standing({ run, standing }: { run: Run; standing: boolean }) {
  return (
    <div class="run-standing">
      <p class="facts">
        <RunState run={run} />
        {goesOn(run) && <Progress name="Answers" done={run.done} of={run.total} />}
        <span role="status">
          {run.done} of {run.total} done
        </span>
        {run.failed > 0 && <span>{run.failed} without an answer</span>}
        <span>{run.leaks > 0 ? plural(run.leaks, "leak") : "no leaks"}</span>
        <span>{plural(run.tokens, "token")}</span>
        {Number(run.cost) > 0 && <span>cost {run.cost}</span>}
        {goesOn(run) && !standing && <span>taking up the line again…</span>}
      </p>
      {run.waiting_for && <p class="notice">It waits, and goes on by itself: {run.waiting_for}</p>}
      {run.stopped_by && <p class="notice">{stopped(run.stopped_by)}</p>}
      {run.error_message && (
        <p class="trouble">
          {run.error_message} <code>{run.error_code}</code>
        </p>
      )}
    </div>
  );
}

function stopped(by: string): string {
  if (by === "budget") return "The budget that pays for it is used up; once there is more, it goes on.";
  return `It reached its limit of ${by.replace(/^max_/, "")}; within another it goes on.`;
}
