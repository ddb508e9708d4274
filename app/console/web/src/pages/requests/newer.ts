/** How many calls have come since the list was read. They wait beside it: nothing moves under the cursor. */

import { useEffect, useState } from "preact/hooks";
import { api, ask } from "../../api/client";
import type { queryOf } from "./asked";
import type { Call } from "./call";

const EVERY_MS = 10_000;
export const MOST = 100;

export function useNewer(calls: Call[] | undefined, query: ReturnType<typeof queryOf>): number {
  const [newer, setNewer] = useState(0);
  const newest = calls?.[0];
  useEffect(() => {
    setNewer(0);
    if (!calls || query.to) return;
    const leaving = new AbortController();
    const known = new Set(calls.map(({ id }) => id));
    const look = async () => {
      if (document.hidden) return;
      const since = newest ? { from: newest.created_at } : {};
      const params = { query: { ...query, ...since, limit: MOST } };
      const { data } = await ask(api.GET("/v1/accounting/usage", { params, signal: leaving.signal }));
      if (!leaving.signal.aborted) setNewer(data.items.filter(({ id }) => !known.has(id)).length);
    };
    const timer = setInterval(() => void look().catch(() => undefined), EVERY_MS); // the next look may go better
    return () => (clearInterval(timer), leaving.abort());
  }, [newest?.id, calls?.length, JSON.stringify(query)]);
  return newer;
}
