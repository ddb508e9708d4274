/**
 * One Idempotency-Key per deed: whoever presses the button again because nothing answered sends the same key, and the
 * thing is made once. What was answered is over; the next press is a new deed.
 */

const open = new Map<string, string>();

export async function deedOf(request: Request): Promise<string> {
  const body = await request.clone().arrayBuffer();
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", body));
  return `${request.method} ${request.url} ${digest.join(",")}`;
}

export function keyOf(deed: string): string {
  const key = open.get(deed) ?? crypto.randomUUID();
  open.set(deed, key);
  return key;
}

export function settle(deed: string, status: number): void {
  if (status < 500 && status !== 429) open.delete(deed);
}
