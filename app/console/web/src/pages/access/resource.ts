/** What has an access list, and what stands in the address about it. */

import { type Answer, api, ask, type Shapes } from "../../api/client";
import { useQuery } from "../../api/hooks";
import type { Choice } from "../../parts/combobox";

export type Kind = Shapes["ResourceKind"];
export type Ace = Shapes["AceRead"];
export type Change = Shapes["RehearsalCreate"]["changes"][number];

export interface Place {
  type: Kind;
  id: string;
}

export const DEEDS = [
  ["READ", "read"], ["LIST", "list"], ["WRITE", "write"], ["INGEST", "add documents"], ["DELETE", "delete"],
  ["READ_PERMISSIONS", "see who has access"], ["CHANGE_PERMISSIONS", "change access"], ["TAKE_OWNERSHIP", "take ownership"],
] as const;
export type Deed = (typeof DEEDS)[number][0];

export function isDeed(said: string | undefined): said is Deed {
  return DEEDS.some(([deed]) => deed === said);
}

export function placeOf(id: string): Place {
  return { type: id.startsWith("doc_") ? "document" : "collection", id };
}

export function hrefOf(place: Place): string {
  return `/console/${place.type}s/${place.id}`;
}

export function accessHref(asked: Record<string, string | undefined>): string {
  const said = Object.entries(asked).filter((pair): pair is [string, string] => Boolean(pair[1]));
  return `/console/access?${new URLSearchParams(said)}`;
}

/** What several deeds are called together. */
export function deedsOf(names: string[]): string {
  return names.map((name) => DEEDS.find(([deed]) => deed === name)?.[1] ?? name).join(", ");
}

interface Named extends Choice {
  collection?: string;
}

/** Something of this id with its name, as far as the caller may know it; else the id is the name. */
export function useNamed(id: string | undefined): Named | null {
  const known = useQuery<Named>(id ? (signal) => named(id, signal) : null, [id]);
  if (!id) return null;
  return known.data ?? { id, name: id };
}

async function named(id: string, signal: AbortSignal): Promise<Answer<Named, unknown>> {
  if (id.startsWith("doc_")) {
    const path = { document_id: id };
    const answer = await ask(api.GET("/v1/modules/scaimatrix/documents/{document_id}", { params: { path }, signal }));
    return { ...answer, data: { id, name: answer.data.name, collection: answer.data.collection_id } };
  }
  if (id.startsWith("col_")) {
    const path = { collection_id: id };
    const answer = await ask(api.GET("/v1/modules/scaimatrix/collections/{collection_id}", { params: { path }, signal }));
    return { ...answer, data: { id, name: answer.data.name } };
  }
  const answer = await ask(api.GET("/v1/users/{user_id}", { params: { path: { user_id: id } }, signal }));
  return { ...answer, data: { id, name: answer.data.name || answer.data.email } };
}

export async function findDocuments(collection: string, typed: string, signal: AbortSignal): Promise<Choice[]> {
  const params = { path: { collection_id: collection }, query: { limit: 20, ...(typed ? { name: typed } : {}) } };
  const answer = await ask(
    api.GET("/v1/modules/scaimatrix/collections/{collection_id}/documents", { params, signal }),
  );
  return answer.data.map(({ id, name }) => ({ id, name }));
}

/** Make a planned change so. */
export async function apply(place: Place, change: Change): Promise<unknown> {
  const path = { type: place.type, id: place.id };
  const at = "/v1/modules/scaimatrix/permissions/{type}/{id}";
  switch (change.op) {
    case "add_ace":
      return ask(api.POST(`${at}/aces`, { params: { path }, body: change.ace }));
    case "remove_ace":
      return ask(api.DELETE(`${at}/aces/{ace_id}`, { params: { path: { ...path, ace_id: change.ace_id } } }));
    case "change_ace": {
      const { op: _, ace_id, ...body } = change;
      return ask(api.PATCH(`${at}/aces/{ace_id}`, { params: { path: { ...path, ace_id } }, body }));
    }
    case "set_inheritance":
      return ask(api.PUT(`${at}/inheritance`, { params: { path }, body: { inherit: change.inherit, copy: change.copy ?? false } }));
    case "set_owner":
      return ask(api.PUT(`${at}/owner`, { params: { path }, body: { owner_id: change.owner_id } }));
    case "set_default_access": {
      const body = { default_access: change.default_access };
      const params = { path: { collection_id: place.id } };
      return ask(api.PATCH("/v1/modules/scaimatrix/collections/{collection_id}", { params, body }));
    }
  }
}
