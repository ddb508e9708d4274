/** What the page asks of a graph. */

import { type Answer, api, ask, type Shapes } from "../../api/client";
import { MOST_NEIGHBOURS } from "./shown";

type Read = Pick<Shapes["GraphRead"], "nodes" | "edges" | "graph_available" | "truncated">;

export interface Start {
  in: string | undefined;
  ask: string | undefined;
  find: string | undefined;
  document: string | undefined;
}

const AT = "/v1/modules/scaimatrix/collections/{collection_id}/graph";
const PAGES = 5;

/** The beginning: things about a question, things of a name, or all that one document says. */
export function begin(start: Start & { in: string }, signal: AbortSignal): Promise<Answer<Read, unknown>> {
  if (start.document) return ofDocument(start.in, start.document, signal);
  const path = { collection_id: start.in };
  if (start.find) return ask(api.POST(`${AT}/search`, { params: { path }, body: { query: start.find, limit: MOST_NEIGHBOURS }, signal }));
  return context(start.in, start.ask ?? "", signal);
}

async function context(collection: string, query: string, signal: AbortSignal): Promise<Answer<Read, unknown>> {
  const path = { collection_id: collection };
  const answer = await ask(api.POST(`${AT}/context`, { params: { path }, body: { query, depth: 1, top_k: 10 }, signal }));
  return { ...answer, data: { ...answer.data, truncated: false } };
}

/** The API lists a graph by pages, not by document: look through the first of them. */
async function ofDocument(collection: string, document: string, signal: AbortSignal): Promise<Answer<Read, unknown>> {
  const path = { collection_id: collection };
  const read: Read = { nodes: [], edges: [], graph_available: true, truncated: false };
  let last: Answer<Read, unknown> | undefined;
  for (const kind of ["nodes", "edges"] as const) {
    let cursor: string | null | undefined;
    for (let page = 0; page < PAGES && cursor !== null; page++) {
      const params = { path, query: { limit: 100, ...(cursor ? { cursor } : {}) } };
      const answer = await ask(kind === "nodes" ? api.GET(`${AT}/nodes`, { params, signal }) : api.GET(`${AT}/edges`, { params, signal }));
      if (!answer.data.graph_available) return answer;
      read.nodes.push(...(kind === "nodes" ? answer.data.nodes.filter(({ documents }) => documents.includes(document)) : []));
      read.edges.push(...answer.data.edges.filter(({ documents }) => documents.includes(document)));
      cursor = answer.meta.next_cursor ?? null;
      last = answer;
    }
    read.truncated ||= cursor !== null;
  }
  return { ...last!, data: read };
}

export function around(collection: string, node: string): Promise<Answer<Read, unknown>> {
  const body = { start_node_id: node, depth: 1, limit: MOST_NEIGHBOURS, relation_types: [], direction: "both" as const };
  return ask(api.POST(`${AT}/traverse`, { params: { path: { collection_id: collection } }, body }));
}

export async function between(collection: string, source: string, target: string): Promise<Read> {
  const body = { source_id: source, target_id: target, max_depth: 5, limit: 1 };
  const { data } = await ask(api.POST(`${AT}/paths`, { params: { path: { collection_id: collection } }, body }));
  const [path] = data.paths;
  return { nodes: path?.nodes ?? [], edges: path?.edges ?? [], graph_available: data.graph_available, truncated: false };
}
