/** The signed calls that were to start a crawl, and what became of each. */

import { api, ask, type Shapes } from "../../api/client";
import { useQuery } from "../../api/hooks";
import { Badge, type Tone } from "../../parts/badge";
import { Asked } from "../../parts/states";
import { Table } from "../../parts/table";
import { Time } from "../../parts/time";
import { triggerOf } from "./secret";
import { runHref, type Saved } from "./words";

const HEARD: Record<Shapes["Heard"], { word: string; tone: Tone; says: string }> = {
  started: { word: "started", tone: "good", says: "" },
  bad_signature: { word: "bad signature", tone: "bad", says: "Sign with the secret that was shown last." },
  replayed: { word: "replayed", tone: "bad", says: "Each signature starts it once; sign anew." },
  disabled: { word: "switched off", tone: "warn", says: "Signed calls were not let in then." },
  already_running: { word: "already running", tone: "warn", says: "It runs once at a time; the call may be sent again." },
  refused: { word: "refused", tone: "bad", says: "With whose rights it runs may not add documents there." },
};

export function Calls({ crawl: { id, collection_id, last_run } }: { crawl: Saved }) {
  const params = { path: { crawl_id: id } };
  const query = useQuery(
    (signal) => ask(api.GET("/v1/modules/scaimatrix/crawls/{crawl_id}/calls", { params, signal })),
    [id, last_run?.id],
  );
  return (
    <section>
      <h2>Signed calls</h2>
      <p class="hint">
        They go to <code class="wrapped">{triggerOf(id)}</code>. The secret was shown once; switch signed calls off and on for another.
      </p>
      <Asked query={query} what="signed calls">
        {(calls) =>
          calls.length === 0 ? (
            <p class="quiet">Nobody has called yet.</p>
          ) : (
            <Table
              caption="The last ten signed calls"
              items={calls}
              keyOf={({ received_at, job_id }) => `${received_at} ${job_id}`}
              columns={[
                { name: "When", cell: ({ received_at }) => <Time at={received_at} /> },
                {
                  name: "What became of it",
                  wide: true,
                  cell: ({ verdict }) => (
                    <span class="standing">
                      <Badge tone={HEARD[verdict].tone}>{HEARD[verdict].word}</Badge> {HEARD[verdict].says}
                    </span>
                  ),
                },
                { name: "Run", cell: ({ job_id }) => (job_id ? <a href={runHref({ id: job_id, collection_id })}>open</a> : <span class="quiet">none</span>) },
              ]}
            />
          )
        }
      </Asked>
    </section>
  );
}
