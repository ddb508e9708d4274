/** A bearer is tried before it is kept: whoever is not let in stays at the door, and is told why. */

import { asFailure, failureOf } from "./failure";

/** Whether a bearer opens this server. */
export async function opens(bearer: string): Promise<boolean> {
  let response: Response;
  try {
    const headers = { Authorization: `Bearer ${bearer}` };
    response = await fetch("/v1/me", { headers, credentials: "omit", cache: "no-store" });
  } catch (thrown) {
    throw asFailure(thrown);
  }
  if (!response.ok && response.status !== 401) throw failureOf(response, await response.json().catch(() => null));
  return response.ok;
}
