/** How far a run is: its state in words, its limits as gauges, its numbers, and what it read last. */

import { useCalm } from "../../api/calm";
import { useQuery } from "../../api/hooks";
import { Badge } from "../../parts/badge";
import { bytes, count } from "../../parts/numbers";
import { Progress } from "../../parts/progress";
import { Trouble } from "../../parts/states";
import { Time, useNow } from "../../parts/time";
import { type Following, readLedger } from "./following";
import { endOf, ended, type Run, STATUSES, VERDICTS, type Verdict } from "./words";

const LOOK_MS = 5000; // a key may ask sixty times in a minute
const LAST = 4;

export function RunState({ run: { status, dry_run } }: { run: Pick<Run, "status"> & { dry_run?: boolean } }) {
  const { word, tone } = STATUSES[status];
  return (
    <>
      <Badge tone={tone}>{word}</Badge> {dry_run && <Badge>dry run</Badge>}
    </>
  );
}

export function Running({ run, line }: { run: Run; line: Pick<Following, "standing" | "failure"> }) {
  const end = endOf(run);
  return (
    <section class="card running" aria-label="How far it is">
      <p class="facts" role="status">
        <span class="standing">
          <RunState run={run} /> {end && <strong>{end}</strong>}
        </span>
        {run.error_code && <code>{run.error_code}</code>}
        {!line.standing && !ended(run) && <Badge tone="warn">live news interrupted, trying again</Badge>}
      </p>
      <Trouble failure={line.failure} />
      {run.dry_run && <p class="notice">A dry run: every page is asked for, and nothing of it is kept.</p>}
      <Numbers run={run} />
      <div class="gauges">
        <Gauge name="Pages" done={run.pages} of={run.max_pages} said={`${count(run.pages)} of ${count(run.max_pages)}`} />
        <Gauge
          name="Size"
          done={run.bytes_fetched}
          of={run.max_total_bytes}
          said={`${bytes(run.bytes_fetched)} of ${bytes(run.max_total_bytes)}`}
        />
        <Duration run={run} />
      </div>
      {run.unlisted > 0 && <p class="hint">{count(run.unlisted)} more addresses were met after the ledger was full; no list names them.</p>}
      <Last run={run} />
    </section>
  );
}

function Numbers({ run }: { run: Run }) {
  const of = (verdict: Verdict) => VERDICTS[verdict][run.dry_run ? "dry" : "word"];
  const shown: [string, number][] = [
    [of("fetched"), run.pages_fetched],
    [of("unchanged"), run.pages_unchanged],
    [of("skipped"), run.pages_skipped],
    [of("failed"), run.pages_failed],
    ["waiting", run.pages_queued],
  ];
  return (
    <dl class="numbers">
      {shown.map(([name, number]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{count(number)}</dd>
        </div>
      ))}
    </dl>
  );
}

interface GaugeProps {
  name: string;
  done: number;
  of: number;
  said: string;
}

function Gauge({ name, done, of, said }: GaugeProps) {
  return (
    <p>
      <strong>{name}</strong> <Progress name={name} done={done} of={of} /> <span class="number">{said}</span>
    </p>
  );
}

function Duration({ run }: { run: Run }) {
  const going = run.started_at !== null && !ended(run);
  const now = useNow(going ? 1000 : 0);
  if (!run.started_at)
    return (
      <p>
        <strong>Asked for</strong> <Time at={run.created_at} />
      </p>
    );
  const until = run.finished_at ? Date.parse(run.finished_at) : now;
  return (
    <p>
      <strong>{going ? "For" : "Took"}</strong> <span class="number">{lasting(until - Date.parse(run.started_at))}</span>
    </p>
  );
}

export function lasting(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes} min ${seconds % 60} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** The pages that were read last, while it goes on. */
function Last({ run }: { run: Run }) {
  const verdict = run.pages_fetched > 0 || !run.pages_unchanged ? ("fetched" as const) : ("unchanged" as const);
  const read = useCalm(run[`pages_${verdict}`], LOOK_MS);
  const going = !ended(run);
  const query = useQuery(
    going && read > 0 ? (signal) => readLedger(run, { verdict, order: "desc", limit: LAST }, signal) : null,
    [run.id, verdict, read],
  );
  if (!going) return null;
  return (
    <div class="last">
      <h2>Read last</h2>
      <ol>
        {(query.data ?? []).map(({ url }) => (
          <li key={url}>{url}</li>
        ))}
        {!query.data?.length && <li class="quiet">{run.status === "pending" ? "It waits for its turn." : "Nothing yet."}</li>}
      </ol>
    </div>
  );
}
