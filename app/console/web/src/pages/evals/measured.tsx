/** What a run measured: which assistant, with what changed, asked as whom, judged by what; and the hash of it. */

import { useNames } from "../../parts/people";
import { CopyId } from "../../parts/copy";
import { Time } from "../../parts/time";
import { NAMES, shown } from "../persona/draft";
import type { Run } from "./run-state";
import type { Titled } from "./titles";

export function Measured({ run, titles }: { run: Run; titles: Titled }) {
  const nameOf = useNames();
  const limits = Object.entries(run.caps).filter(([, value]) => value !== null);
  return (
    <details class="card measured">
      <summary>
        <h2>What it measured</h2>
      </summary>
      <dl class="facts-list">
        <Fact name="Assistant">
          <a href={`/console/personas/${run.persona_id}`}>{titles.personas.get(run.persona_id) ?? run.persona_id}</a>
        </Fact>
        <Fact name="Changed in it">
          <Changes changes={run.changes} />
        </Fact>
        <Fact name="Set">
          <a href={`/console/evals/sets/${run.set_id}?version=${run.set_version}`}>{titles.sets.get(run.set_id) ?? run.set_id}</a>, version{" "}
          {run.set_version}
        </Fact>
        <Fact name="Asked as">{run.readers.length ? `${run.readers.map(nameOf).join(", ")}: each of them every case` : "the reader of each case"}</Fact>
        <Fact name="Made of">{run.eyes === "both" ? "what its reader and whoever began it may both read" : "what whoever began it may read"}</Fact>
        <Fact name="Judge">{run.judge ?? "none"}</Fact>
        {limits.length > 0 && <Fact name="Limits">{limits.map(([name, value]) => `${name.replace("max_", "")} ${value}`).join(", ")}</Fact>}
        <Fact name="Begun">
          by {nameOf(run.started_by)}, <Time at={run.created_at} />
        </Fact>
        <Fact name="Configuration">
          <CopyId id={run.config_hash} short />
        </Fact>
        <Fact name="All of it">
          <CopyId id={run.measured_hash} short />
        </Fact>
        <Fact name="Id">
          <CopyId id={run.id} />
        </Fact>
      </dl>
    </details>
  );
}

function Fact({ name, children }: { name: string; children: preact.ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

const SAID: Record<string, string> = { ...NAMES, sources: "Places it reads" };

/** What was other than the assistant had it. */
export function Changes({ changes }: { changes: Run["changes"] }) {
  const changed = Object.entries(changes);
  if (changed.length === 0) return <>nothing</>;
  return (
    <ul class="points">
      {changed.map(([field, value]) => (
        <li key={field}>
          {SAID[field] ?? field}: <code>{shown(value)}</code>
        </li>
      ))}
    </ul>
  );
}
