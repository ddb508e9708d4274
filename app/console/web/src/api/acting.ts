/**
 * The tenant that somebody who administers several acts in, for as long as this tab is open. Every call names it to the
 * API, which decides whether they may; without one, everybody acts in their own.
 */

const KEPT_AT = "scaigrid.acting"; // it goes with the session

export interface Tenant {
  id: string;
  slug: string;
}

export function acting(): Tenant | null {
  try {
    return JSON.parse(sessionStorage.getItem(KEPT_AT) ?? "null") as Tenant | null;
  } catch {
    return null;
  }
}

/** Begin anew in a tenant, with nothing left of what was shown of another; null is one's own. */
export function actIn(tenant: Tenant | null): void {
  if (tenant) sessionStorage.setItem(KEPT_AT, JSON.stringify(tenant));
  else sessionStorage.removeItem(KEPT_AT);
  location.assign("/console");
}

/** The same path, in the tenant that is acted in. */
export function inTenant(path: string): string {
  const tenant = acting();
  return tenant ? `${path}${path.includes("?") ? "&" : "?"}tenant_id=${encodeURIComponent(tenant.id)}` : path;
}
