/** Crawls of more than one collection. The API lists them of one; here those of the collections made last are put together. */

import { type Answer, api, ask, type Shapes } from "../../api/client";

const COLLECTIONS = 8; // asked one by one, and a key may ask sixty times in a minute
const EACH = 20;

export interface Together<T> {
  items: T[];
  collections: Shapes["CollectionRead"][];
  /** Whether there is more than was looked at. */
  more: boolean;
}

type Read<T> = (collection_id: string, limit: number, signal: AbortSignal) => Promise<Answer<T[], { has_more?: boolean }>>;

export async function together<T extends { created_at: string }>(
  read: Read<T>,
  signal: AbortSignal,
): Promise<Answer<Together<T>, unknown>> {
  const asked = await ask(api.GET("/v1/modules/scaimatrix/collections", { params: { query: { limit: COLLECTIONS } }, signal }));
  const lists = await Promise.all(asked.data.map(({ id }) => read(id, EACH, signal)));
  const items = lists.flatMap(({ data }) => data).sort((one, other) => other.created_at.localeCompare(one.created_at));
  const more = asked.meta.has_more || lists.some(({ meta }) => meta.has_more);
  return { ...asked, data: { items, collections: asked.data, more } };
}
