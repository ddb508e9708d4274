/** One run, kept up with by its events for as long as it goes on. */

import { type Answer, api, ask } from "../../api/client";
import type { Failure } from "../../api/failure";
import { type Query, useEvents, useQuery } from "../../api/hooks";
import { ended, type LedgerPage, type Run, type Verdict } from "./words";

export interface Following {
  query: Query<Run>;
  standing: boolean;
  failure: Failure | undefined;
}

export function useRun(collection: string, id: string): Following {
  const params = { path: { collection_id: collection, job_id: id } };
  const query = useQuery<Run>(
    collection && id
      ? (signal) => ask(api.GET("/v1/modules/scaimatrix/collections/{collection_id}/crawl/{job_id}", { params, signal }))
      : null,
    [collection, id],
  );
  const going = query.data !== undefined && !ended(query.data);
  const line = useEvents(going ? `${rootOf(collection, id)}/stream` : null, ({ data }) => query.set(data as Run));
  return { query, ...line };
}

export function rootOf(collection: string, id: string): string {
  return `/v1/modules/scaimatrix/collections/${encodeURIComponent(collection)}/crawl/${encodeURIComponent(id)}`;
}

interface Wanted {
  verdict: Verdict | undefined;
  reason?: string | undefined;
  cursor?: string | undefined;
  order?: "asc" | "desc";
  limit: number;
}

/** A page of a ledger; asked for without a format, it is never a file. */
export async function readLedger(run: Run, query: Wanted, signal: AbortSignal): Promise<Answer<LedgerPage[], unknown>> {
  const params = { path: { collection_id: run.collection_id, job_id: run.id }, query };
  const answer = await ask(api.GET("/v1/modules/scaimatrix/collections/{collection_id}/crawl/{job_id}/pages", { params, signal }));
  return { ...answer, data: answer.data as LedgerPage[] };
}
