/** What the address asks of the audit log. */

import type { Me } from "../../api/me";
import { among, dayAfter, isDay } from "../usage/asked";

export const MODULES = { "": "Anything", core: "The grid itself", scaimatrix: "ScaiMatrix", scaipersona: "ScaiPersona" } as const;
export const OUTCOMES = { "": "Either", done: "Done", refused: "Refused" } as const;
export const SCOPES = { tenant: "This tenant", partner: "All tenants of the partner", all: "All tenants" } as const;

export type Module = keyof typeof MODULES;
export type Outcome = keyof typeof OUTCOMES;
export type Scope = keyof typeof SCOPES;

export interface Wanted {
  first: string;
  last: string;
  scope: Scope;
  module: Module;
  outcome: Outcome;
  action: string;
  person: string;
  target: string;
  request: string;
}

export function scopesFor(me: Me): Scope[] {
  const beyond = me.roles.includes("super_admin") ? (["partner", "all"] as const) : me.roles.includes("partner_admin") ? (["partner"] as const) : [];
  return ["tenant", ...beyond];
}

export function wantedOf(said: Record<string, string>, me: Me): Wanted {
  return {
    first: isDay(said.from) ? said.from : "",
    last: isDay(said.to) ? said.to : "",
    scope: among(scopesFor(me), said.scope) ?? "tenant",
    module: among(["core", "scaimatrix", "scaipersona"] as const, said.module) ?? "",
    outcome: among(["done", "refused"] as const, said.outcome) ?? "",
    action: said.action ?? "",
    person: said.person ?? "",
    target: said.target ?? "",
    request: said.request ?? "",
  };
}

/** The API's own words for it; what is not asked for is left out. */
export function queryOf({ first, last, scope, module, outcome, action, person, target, request }: Wanted) {
  const all = {
    scope,
    from: first && `${first}T00:00:00Z`,
    to: last && `${dayAfter(last, 1)}T00:00:00Z`,
    module,
    outcome,
    action,
    actor_id: person,
    target_id: target,
    request_id: request,
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value)) as { scope: Scope } & Partial<Record<keyof typeof all, string>>;
}
