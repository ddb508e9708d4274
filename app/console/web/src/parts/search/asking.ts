/** Searches as the API takes them: of one collection, of several, or of one through somebody else's eyes. */

import { type Answer, api, ask, type Shapes } from "../../api/client";
import type { Call } from "../as-code";
import type { Asked } from "./runs";

const MOST = 20; // collections of one question

/** Those that are looked in: the chosen one, or as many as one question takes. */
export const lookedIn = <One extends { id: string }>(chosen: string, there: One[]): One[] =>
  chosen ? there.filter(({ id }) => id === chosen) : there.slice(0, MOST);

export interface Found {
  hits: Shapes["SearchHitRead"][];
  /** What was found beside them, and scores less than was wanted. */
  below: Shapes["SearchHitRead"][];
  /** Of a search as somebody else: what oneself would have found besides. */
  withheld: Shapes["WithheldRead"][];
  meta: Shapes["SearchMeta"];
  asked: Asked;
  tookMs: number;
}

const ALL = "/v1/modules/scaimatrix/search";
const ONE = "/v1/modules/scaimatrix/collections/{collection_id}/search";
const AS = "/v1/modules/scaimatrix/collections/{collection_id}/search/as";
const ALL_AS = "/v1/modules/scaimatrix/search/as";

function bodyOf({ query, type, k, minScore, rerank }: Asked) {
  return { query, search_type: type, top_k: k, min_score: minScore, rerank, why: true };
}

/** Look for it; `all` are the collections to look in where none was chosen. */
export async function look(asked: Asked, all: string[]): Promise<Found> {
  const began = performance.now();
  const answer = await answered({ ...asked, minScore: 0 }, all);
  const tookMs = Math.round(performance.now() - began);
  const { results } = answer.data;
  const withheld = "withheld" in answer.data ? answer.data.withheld.filter((one) => fits(one, asked)) : [];
  const [hits, below] = [results.filter((hit) => fits(hit, asked)), results.filter((hit) => !fits(hit, asked))];
  return { hits, below, withheld, meta: answer.meta, asked, tookMs };
}

const fits = ({ score }: { score: number }, { minScore }: Asked) => score >= minScore;

type Answered = Answer<Shapes["SearchRead"] | Shapes["SearchAsRead"], Shapes["SearchMeta"]>;

function answered(asked: Asked, all: string[]): Promise<Answered> {
  const [params, body] = [{ path: { collection_id: asked.collection } }, bodyOf(asked)];
  const several = { ...body, collection_ids: all.slice(0, MOST) };
  if (!asked.reader) return asked.collection ? ask(api.POST(ONE, { params, body })) : ask(api.POST(ALL, { body: several }));
  const as = { as_user_id: asked.reader.id };
  return asked.collection ? ask(api.POST(AS, { params, body: { ...body, ...as } })) : ask(api.POST(ALL_AS, { body: { ...several, ...as } }));
}

/** The same as a call, to be copied. */
export function callOf(asked: Asked, all: string[]): Call {
  const where = asked.collection ? {} : { collection_ids: all.slice(0, MOST) };
  const body = { ...bodyOf(asked), ...where, ...(asked.reader ? { as_user_id: asked.reader.id } : {}) };
  const path = asked.collection ? (asked.reader ? AS : ONE) : asked.reader ? ALL_AS : ALL;
  return { method: "POST", path: path.replace("{collection_id}", asked.collection), body };
}
