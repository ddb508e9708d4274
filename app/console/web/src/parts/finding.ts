/** What a combobox may offer: people, groups, collections, tenants and more, as far as the caller may list them. */

import { api, ask } from "../api/client";
import type { Choice } from "./combobox";

const MOST = 20;
const PAGES = 10;

interface Listed<T> {
  data: T[];
  meta: { next_cursor?: string | null };
}

/** Look through a list, page by page, for what holds the typed words. */
async function matching<T>(
  typed: string,
  read: (cursor: string | undefined) => Promise<Listed<T>>,
  choice: (item: T) => Choice,
): Promise<Choice[]> {
  const wanted = typed.trim().toLowerCase();
  const found: Choice[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < PAGES && found.length < MOST; page++) {
    const { data, meta } = await read(cursor);
    const fits = data.map(choice).filter(({ id, name, hint }) => `${name} ${hint ?? ""} ${id}`.toLowerCase().includes(wanted));
    found.push(...fits);
    if (!meta.next_cursor) break;
    cursor = meta.next_cursor;
  }
  return found.slice(0, MOST);
}

export function findCollections(typed: string, signal: AbortSignal): Promise<Choice[]> {
  return matching(
    typed,
    (cursor) => ask(api.GET("/v1/modules/scaimatrix/collections", { params: { query: { cursor, limit: 100 } }, signal })),
    ({ id, name, slug }) => ({ id, name, hint: slug }),
  );
}

export function findUsers(typed: string, signal: AbortSignal): Promise<Choice[]> {
  return matching(
    typed,
    (cursor) => ask(api.GET("/v1/users", { params: { query: { cursor, limit: 100 } }, signal })),
    ({ id, name, email }) => ({ id, name: name || email, hint: email }),
  );
}

export function findGroups(typed: string, signal: AbortSignal): Promise<Choice[]> {
  return matching(
    typed,
    (cursor) => ask(api.GET("/v1/groups", { params: { query: { cursor, limit: 100 } }, signal })),
    ({ id, name }) => ({ id, name, hint: "group" }),
  );
}

export function findPersonas(typed: string, signal: AbortSignal): Promise<Choice[]> {
  return matching(
    typed,
    (cursor) => ask(api.GET("/v1/modules/scaipersona/personas", { params: { query: { cursor, limit: 100 } }, signal })),
    ({ id, name, slug }) => ({ id, name, hint: slug }),
  );
}

export function findEvalSets(typed: string, signal: AbortSignal): Promise<Choice[]> {
  return matching(
    typed,
    (cursor) => ask(api.GET("/v1/evals/sets", { params: { query: { cursor, limit: 100 } }, signal })),
    ({ id, name, slug }) => ({ id, name, hint: slug }),
  );
}

export function findTenants(typed: string, signal: AbortSignal): Promise<Choice[]> {
  return matching(
    typed,
    (cursor) => ask(api.GET("/v1/tenants", { params: { query: { cursor, limit: 100 } }, signal })),
    ({ id, slug, display_name: name }) => ({ id, name: slug, hint: name }),
  );
}
