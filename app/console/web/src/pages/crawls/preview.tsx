/** A dry run below the form it came from: what would be fetched. */

import { useState } from "preact/hooks";
import { api, ask } from "../../api/client";
import { useDeed } from "../../api/hooks";
import { Asked, Trouble } from "../../parts/states";
import { useRun } from "./following";
import { Ledger, type Wanted } from "./ledger";
import { Running } from "./running";
import { ended, runHref } from "./words";

interface PreviewProps {
  collection: string;
  id: string;
  /** Whether the form has been changed since. */
  changed: boolean;
}

export function Preview({ collection, id, changed }: PreviewProps) {
  const line = useRun(collection, id);
  const [wanted, want] = useState<Wanted>({ verdict: undefined, reason: undefined });
  const stop = useDeed(() =>
    ask(
      api.POST("/v1/modules/scaimatrix/collections/{collection_id}/crawl/{job_id}/cancel", {
        params: { path: { collection_id: collection, job_id: id } },
      }),
    ),
  );
  return (
    <section class="preview" aria-label="What would be fetched">
      <div class="row">
        <h2>What would be fetched</h2>
        <a href={runHref({ id, collection_id: collection })}>as a page of its own</a>
        {line.query.data && !ended(line.query.data) && (
          <button type="button" disabled={stop.busy} onClick={() => void stop.run()}>
            Stop
          </button>
        )}
      </div>
      {changed && <p class="notice">The form has been changed since; look again to see what would be fetched now.</p>}
      <Trouble failure={stop.failure} />
      <Asked query={line.query} what="what would be fetched">
        {(run) => (
          <>
            <Running run={run} line={line} />
            <Ledger run={run} wanted={wanted} want={want} />
          </>
        )}
      </Asked>
    </section>
  );
}
