/** What may be talked to: assistants first, as far as the caller may list them. */

import { api, ask } from "../../api/client";
import type { Choice } from "../../parts/combobox";

const MOST = 30;
const PAGES = 10;

export async function findModels(typed: string, signal: AbortSignal): Promise<Choice[]> {
  const wanted = typed.trim().toLowerCase();
  const found: { choice: Choice; assistant: boolean }[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < PAGES; page++) {
    const query = { modality: "chat" as const, limit: 100, cursor };
    const { data, meta } = await ask(api.GET("/v1/models", { params: { query }, signal }));
    for (const { slug, display_name: name, metadata } of data.items) {
      const assistant = "persona_id" in metadata;
      const choice = { id: slug, name: slug, hint: assistant ? `${name} · assistant` : name };
      if (`${slug} ${name}`.toLowerCase().includes(wanted)) found.push({ choice, assistant });
    }
    if (!meta.next_cursor) break;
    cursor = meta.next_cursor;
  }
  found.sort((one, other) => Number(other.assistant) - Number(one.assistant));
  return found.slice(0, MOST).map(({ choice }) => choice);
}
