/** What the address asks of calls: whose, of what, and from when to when. */

import type { Me } from "../../api/me";
import { among, dayAfter, isDay, OPERATIONS, type Operation, type Scope, scopesFor } from "../usage/asked";

export interface Wanted {
  /** Days, both of which belong to it; empty: no end. */
  first: string;
  last: string;
  scope: Scope;
  operation: Operation | "";
  model: string;
  person: string;
}

export const KINDS = { "": "Anything", ...OPERATIONS } as const;

export function wantedOf(said: Record<string, string>, me: Me): Wanted {
  const scope = among(scopesFor(me), said.scope) ?? scopesFor(me)[0]!;
  return {
    first: isDay(said.from) ? said.from : "",
    last: isDay(said.to) ? said.to : "",
    scope,
    operation: among(["chat", "embedding"] as const, said.operation) ?? "",
    model: said.model ?? "",
    person: scope === "own" ? "" : (said.person ?? ""),
  };
}

/** The API's own words for it; what it reads until is the first moment that no longer belongs to it. */
export function queryOf({ first, last, scope, operation, model, person }: Wanted) {
  return {
    scope,
    ...(first ? { from: `${first}T00:00:00Z` } : {}),
    ...(last ? { to: `${dayAfter(last, 1)}T00:00:00Z` } : {}),
    ...(operation ? { operation } : {}),
    ...(model ? { model } : {}),
    ...(person ? { user_id: person } : {}),
  };
}
