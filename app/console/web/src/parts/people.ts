/** What the people of the tenant are called, as far as the caller may list them. */

import { type Answer, api, ask } from "../api/client";
import { useQuery } from "../api/hooks";
import { permits, useMe } from "../api/me";

const PAGES = 10;

/** A name for the id of somebody; where it is not known, the id. */
export function useNames(wanted = true): (id: string) => string {
  const me = useMe();
  const known = useQuery(wanted && permits(me, "users:manage") ? names : null, []);
  return (id) => (id === me.id ? `${me.name || me.email} (you)` : (known.data?.get(id) ?? id));
}

async function names(signal: AbortSignal): Promise<Answer<Map<string, string>, unknown>> {
  const found = new Map<string, string>();
  let cursor: string | undefined;
  for (let page = 1; ; page++) {
    const answer = await ask(api.GET("/v1/users", { params: { query: { cursor, limit: 100 } }, signal }));
    for (const { id, name, email } of answer.data) found.set(id, name || email);
    cursor = answer.meta.next_cursor ?? undefined;
    if (!cursor || page === PAGES) return { ...answer, data: found };
  }
}
