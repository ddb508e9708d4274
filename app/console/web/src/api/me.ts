/** Who is signed in, and what they are permitted; asked of the API, never guessed. */

import { createContext } from "preact";
import { useContext } from "preact/hooks";
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
