/** What sets and assistants are called, by their ids, as far as the caller may list them. */

import { type Answer, api, ask } from "../../api/client";
import { useQuery } from "../../api/hooks";

const PAGES = 10;

export interface Titled {
  sets: Map<string, string>;
  personas: Map<string, string>;
}

export function useTitles(): Titled {
  const known = useQuery(titles, []);
  return known.data ?? { sets: new Map(), personas: new Map() };
}

async function titles(signal: AbortSignal): Promise<Answer<Titled, unknown>> {
  const [sets, personas] = await Promise.all([listed(readSets, signal), listed(readPersonas, signal)]);
  return { data: { sets, personas }, meta: {}, etag: null, requestId: null };
}

interface Page {
  data: { id: string; name: string; slug: string }[];
  meta: { next_cursor?: string | null };
}
type Read = (cursor: string | undefined, signal: AbortSignal) => Promise<Page>;

const readSets: Read = (cursor, signal) => ask(api.GET("/v1/evals/sets", { params: { query: { cursor, limit: 100 } }, signal }));
const readPersonas: Read = (cursor, signal) =>
  ask(api.GET("/v1/modules/scaipersona/personas", { params: { query: { cursor, limit: 100 } }, signal }));

async function listed(read: Read, signal: AbortSignal): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  let cursor: string | undefined;
  for (let page = 0; page < PAGES; page++) {
    const { data, meta } = await read(cursor, signal);
    for (const { id, name } of data) found.set(id, name);
    if (!meta.next_cursor) break;
    cursor = meta.next_cursor;
  }
  return found;
}
