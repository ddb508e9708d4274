/** Runs as rows: what each was to read, how it is, and what it brought. */

import { useEffect, useRef } from "preact/hooks";
import { api, ask } from "../../api/client";
import { count } from "../../parts/numbers";
import type { Column } from "../../parts/table";
import { Time } from "../../parts/time";
import { RunState } from "./running";
import { Into } from "./into";
import { ended, type ListedRun, type Run, runHref, TRIGGERS } from "./words";

const LOOK_MS = 10_000;
const MOST = 3; // at a time; a key may ask sixty times in a minute

export function runColumns({ into = false } = {}): Column<ListedRun>[] {
  return [
    { name: "Address", wide: true, cell: (run) => <a href={runHref(run)}>{run.seed_url}</a> },
    ...(into ? [{ name: "Into", wide: true, cell: Into }] : []),
    { name: "State", cell: (run) => <span class="standing"><RunState run={run} /></span> },
    { name: "Kept", number: true, cell: (run) => count(run.pages_fetched + run.pages_unchanged) },
    { name: "Skipped", number: true, cell: (run) => count(run.pages_skipped) },
    { name: "Failed", number: true, cell: (run) => count(run.pages_failed) },
    { name: "Begun", cell: (run) => <><Time at={run.created_at} /> <span class="quiet">{TRIGGERS[run.trigger]}</span></> },
  ];
}

/** Keep up with the runs in a list that still go on; no row moves. */
export function useFresh(runs: Run[], put: (run: Run) => void): void {
  const going = runs.filter((run) => !ended(run)).slice(0, MOST);
  const hearer = useRef(put);
  hearer.current = put;
  useEffect(() => {
    if (going.length === 0) return;
    const leaving = new AbortController();
    const look = ({ id, collection_id }: Run) => {
      const params = { path: { collection_id, job_id: id } };
      ask(api.GET("/v1/modules/scaimatrix/collections/{collection_id}/crawl/{job_id}", { params, signal: leaving.signal }))
        .then(({ data }) => leaving.signal.aborted || hearer.current(data))
        .catch(() => undefined); // the list stays as it was, and is looked at again
    };
    const timer = setInterval(() => going.forEach(look), LOOK_MS);
    return () => (clearInterval(timer), leaving.abort());
  }, [going.map(({ id }) => id).join()]);
}
