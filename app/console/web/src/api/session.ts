/**
 * The credential of this tab. It is kept in the tab's own storage and ends with it; it is in no address, no cookie and
 * no log.
 */

const KEPT_AT = "scaigrid.session";

export interface Session {
  bearer: string;
  refresh?: Refresh;
}

/** What a signed-in browser needs to go on when the bearer ends, and to have that end too. */
export interface Refresh {
  token: string;
  endpoint: string;
  revocation?: string;
  clientId: string;
  until: number;
}

type Hearer = () => void;

let current: Session | null = read();
const hearers = new Set<Hearer>();

function read(): Session | null {
  try {
    return JSON.parse(sessionStorage.getItem(KEPT_AT) ?? "null") as Session | null;
  } catch {
    return null;
  }
}

export function session(): Session | null {
  return current;
}

export function begin(next: Session): void {
  if (current === null) sessionStorage.clear(); // of what somebody else may have left
  current = next;
  sessionStorage.setItem(KEPT_AT, JSON.stringify(next));
  hearers.forEach((hear) => hear());
}

export function end(): void {
  if (current === null) return;
  current = null;
  sessionStorage.clear(); // with all that was kept for it
  hearers.forEach((hear) => hear());
}

export function whenChanged(hear: Hearer): () => void {
  hearers.add(hear);
  return () => void hearers.delete(hear);
}

/** A name for what this browser keeps of this credential; nobody finds the credential by it. */
export async function keyName(): Promise<string> {
  const bytes = new TextEncoder().encode(current?.bearer ?? "");
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest.slice(0, 8), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
