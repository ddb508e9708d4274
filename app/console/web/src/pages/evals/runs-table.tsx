/** Runs, newest first; two of them are picked to be compared. Those that go on are looked at again every few seconds. */

import { useLocation } from "preact-iso";
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { api, ask } from "../../api/client";
import { usePages } from "../../api/hooks";
import { type Column, PagedTable } from "../../parts/table";
import { Progress } from "../../parts/progress";
import { Time } from "../../parts/time";
import { goesOn, Leaks, type Run, RunState, titleOf } from "./run-state";
import type { Titled } from "./titles";

const LOOK_MS = 4000;

interface RunsProps {
  of: { set_id?: string | undefined; persona_id?: string | undefined; status?: Run["status"] | undefined };
  titles: Titled;
  empty: ComponentChildren;
}

export function RunsTable({ of, titles, empty }: RunsProps) {
  const { route } = useLocation();
  const [picked, pick] = useState<string[]>([]);
  const read = (cursor: string | undefined, signal?: AbortSignal) =>
    ask(api.GET("/v1/evals/runs", { params: { query: { ...of, cursor, limit: 50 } }, signal }));
  const pages = usePages<Run>(read, [of]);
  const going = pages.items?.some(goesOn) ?? false;
  useEffect(() => {
    if (!going) return;
    const timer = setInterval(() => {
      void read(undefined).then(
        ({ data }) => {
          const now = new Map(data.map((run) => [run.id, run]));
          pages.change((items) => items.map((run) => now.get(run.id) ?? run)); // in their places: nothing moves
        },
        () => undefined, // the next look says more
      );
    }, LOOK_MS);
    return () => clearInterval(timer);
  }, [going, JSON.stringify(of)]);
  const choose = (id: string, on: boolean) => pick(on ? [...picked, id].slice(-2) : picked.filter((one) => one !== id));
  const columns: Column<Run>[] = [
    {
      name: "Compare",
      cell: (run) => (
        <input
          class="pick-run"
          type="checkbox"
          aria-label={`Compare ${titleOf(run)}`}
          checked={picked.includes(run.id)}
          onChange={(event) => choose(run.id, event.currentTarget.checked)}
        />
      ),
    },
    { name: "Run", wide: true, cell: (run) => <a href={`/console/evals/runs/${run.id}`}>{titleOf(run)}</a> },
    ...(of.set_id ? [] : [{ name: "Set", wide: true, cell: (run: Run) => <SetOf run={run} titles={titles} /> }]),
    ...(of.set_id ? [{ name: "Version", number: true, cell: (run: Run) => run.set_version }] : []),
    { name: "Assistant", wide: true, cell: (run) => <a href={`/console/personas/${run.persona_id}`}>{titles.personas.get(run.persona_id) ?? run.persona_id}</a> },
    { name: "State", cell: (run) => <RunState run={run} /> },
    { name: "Done", cell: (run) => <Done run={run} /> },
    { name: "Leaks", cell: (run) => <Leaks run={run} /> },
    { name: "Began", cell: (run) => <Time at={run.created_at} /> },
  ];
  return (
    <>
      {(pages.items?.length ?? 0) > 1 && (
        <p class="row">
          <button
            type="button"
            disabled={picked.length !== 2}
            onClick={() => route(`/console/evals/compare?runs=${[...picked].sort().join(",")}`)}
          >
            Compare the two
          </button>
          <span class="quiet">{picked.length === 2 ? "The older one stands first." : "Pick two runs."}</span>
        </p>
      )}
      <PagedTable caption="Runs" columns={columns} keyOf={({ id }) => id} pages={pages} empty={empty} />
    </>
  );
}

function SetOf({ run, titles }: { run: Run; titles: Titled }) {
  return (
    <span>
      <a href={`/console/evals/sets/${run.set_id}`}>{titles.sets.get(run.set_id) ?? run.set_id}</a>{" "}
      <span class="quiet">version {run.set_version}</span>
    </span>
  );
}

function Done({ run }: { run: Run }) {
  return (
    <span>
      {run.done} of {run.total} {goesOn(run) && <Progress name={titleOf(run)} done={run.done} of={run.total} />}
    </span>
  );
}
