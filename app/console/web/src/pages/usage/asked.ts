/** What the address asks of usage: which days, whose, of what, and added up by what. */

import type { Me } from "../../api/me";
import { permits } from "../../api/me";

const DAY_MS = 86_400_000;
const SHOWN_DAYS = 31;
const MOST_DAYS = 366;

export const GROUPS = { model: "Model or assistant", user: "Person", backend: "Backend", tenant: "Tenant" } as const;
export const SCOPES = { own: "My own calls", tenant: "The whole tenant", partner: "All tenants of the partner", all: "All tenants" } as const;
export const OPERATIONS = { chat: "Chat", embedding: "Embedding" } as const;
export const MEASURES = { cost: "Cost", tokens: "Tokens", calls: "Calls" } as const;

export type Group = keyof typeof GROUPS;
export type Scope = keyof typeof SCOPES;
export type Operation = keyof typeof OPERATIONS;
export type Measure = keyof typeof MEASURES;

export interface Wanted {
  /** Both are days, and both belong to it. */
  first: string;
  last: string;
  group: Group;
  scope: Scope;
  operation: Operation | undefined;
  show: Measure;
}

export function groupsFor(me: Me): Group[] {
  return [
    "model",
    "user",
    ...(permits(me, "routing:view") ? (["backend"] as const) : []),
    ...(permits(me, "accounting:view_partner") ? (["tenant"] as const) : []),
  ];
}

export function scopesFor(me: Me): Scope[] {
  return [
    ...(permits(me, "accounting:view_tenant") ? (["tenant"] as const) : []),
    "own",
    ...(permits(me, "accounting:view_partner") ? (["partner"] as const) : []),
    ...(me.roles.includes("super_admin") ? (["all"] as const) : []),
  ];
}

export function wantedOf(said: Record<string, string>, me: Me): Wanted {
  const last = isDay(said.to) ? said.to : today();
  const first = isDay(said.from) ? said.from : dayAfter(last, 1 - SHOWN_DAYS);
  const earliest = dayAfter(last, 1 - MOST_DAYS);
  return {
    first: first < earliest ? earliest : first > last ? last : first,
    last,
    group: among(groupsFor(me), said.by) ?? "model",
    scope: among(scopesFor(me), said.scope) ?? scopesFor(me)[0]!,
    operation: among(["chat", "embedding"] as const, said.operation),
    show: among(["cost", "tokens", "calls"] as const, said.show) ?? "cost",
  };
}

/** The API's own words for it; what it counts until is the first moment that no longer belongs to it. */
export function queryOf({ first, last, scope, operation }: Wanted) {
  return { from: `${first}T00:00:00Z`, to: `${dayAfter(last, 1)}T00:00:00Z`, scope, ...(operation ? { operation } : {}) };
}

export function today(): string {
  return new Date().toISOString().slice(0, 10);
}

export function dayAfter(day: string, by: number): string {
  return new Date(Date.parse(day) + by * DAY_MS).toISOString().slice(0, 10);
}

export function daysOf({ first, last }: Wanted): string[] {
  const days = [first];
  while (days.at(-1)! < last) days.push(dayAfter(days.at(-1)!, 1));
  return days;
}

export function isDay(said: string | undefined): said is string {
  return /^20\d\d-\d\d-\d\d$/.test(said ?? "") && !Number.isNaN(Date.parse(said!));
}

export function among<T extends string>(offered: readonly T[], said: string | undefined): T | undefined {
  return offered.find((one) => one === said);
}
