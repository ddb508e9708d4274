/** A list that is read by cursor, read to its end (or to where nobody would read on). */

import type { Answer } from "./client";

const PAGES = 20;

export async function whole<T>(
  page: (cursor: string | undefined) => Promise<Answer<T[], { next_cursor?: string | null }>>,
): Promise<Answer<T[], unknown>> {
  const found: T[] = [];
  let cursor: string | undefined;
  for (let read = 1; ; read++) {
    const answer = await page(cursor);
    found.push(...answer.data);
    cursor = answer.meta.next_cursor ?? undefined;
    if (!cursor || read === PAGES) return { ...answer, data: found };
  }
}
