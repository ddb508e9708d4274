/** Who is signed in, and what they are permitted; asked of the API, never guessed. */

import { createContext } from "preact";
import { useContext } from "preact/hooks";
import { acting } from "./acting";
import type { Shapes } from "./client";

export type Me = Shapes["MeRead"];

export const MeContext = createContext<Me | null>(null);

export function useMe(): Me {
  const me = useContext(MeContext);
  if (!me) throw new Error("useMe is for what is shown to somebody signed in");
  return me;
}

/** Whether the caller is permitted any of these. */
export function permits(me: Me, ...permissions: string[]): boolean {
  return permissions.some((permission) => me.permissions.includes(permission));
}

/**
 * Whether a collection can be shared with the caller in the tenant they act in: access lists speak of a tenant's own
 * people, and of nobody else but who administers the platform.
 */
export function isSharedWith(me: Me): boolean {
  return acting() === null || me.roles.includes("super_admin");
}
