/** What a key can be limited to, in words. */

import type { Shapes } from "../../api/client";

export type Scope = NonNullable<Shapes["ApiKeyCreate"]["scopes"]>[number];

export const SCOPES: Record<Scope, string> = {
  "scaimatrix:search": "search collections",
  "scaimatrix:view": "see collections and documents",
  "scaimatrix:ingest": "add documents",
  "scaimatrix:manage": "make and change collections",
  "scaimatrix:graph_edit": "change graphs",
  "scaimatrix:access": "see and change who has access",
  "models:list": "list models",
  "models:use": "call models",
  "models:manage": "manage models",
  "scaipersona:view": "see assistants",
  "scaipersona:manage": "manage assistants",
  "scaipersona:test": "try and evaluate assistants",
  "accounting:view_own": "see the owner's usage",
  "accounting:view_tenant": "see the tenant's usage",
  "accounting:view_partner": "see the partner's usage",
  "accounting:manage_budgets": "set budgets",
  "api_keys:manage": "make and revoke keys",
  "users:manage": "manage people",
  "webhooks:manage": "manage webhooks",
  "routing:view": "see backends",
  "routing:manage": "manage backends",
  "modules:use": "use modules",
  "modules:manage": "manage modules",
  "admin:access": "administer: audit log and settings",
};

/** Those a caller has themselves; a key never does more than its owner may. */
export function scopesOf(permissions: string[]): Scope[] {
  return (Object.keys(SCOPES) as Scope[]).filter((scope) => permissions.includes(scope));
}
