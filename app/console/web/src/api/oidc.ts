/**
 * Signing in where ScaiKey is connected: a code with PKCE, asked for by a page that holds no secret. The verifier lives
 * in this tab's storage between the two redirects and is used once.
 */

import { Failure } from "./failure";
import { begin, end, session } from "./session";

const WAITING_AT = "scaigrid.signing-in";
const EARLY_MS = 30_000;

export interface Oidc {
  issuer: string;
  client_id: string;
  scopes: string[];
}

interface Endpoints {
  issuer: string;
  authorization_endpoint: string;
  token_endpoint: string;
}

interface Waiting {
  state: string;
  verifier: string;
  endpoint: string;
  clientId: string;
  issuer: string;
  back: string;
}

interface Tokens {
  access_token?: string;
  refresh_token?: string;
  expires_in?: number;
}

export const RETURN_TO = `${location.origin}/console/signed-in`;

/** Send the browser to where people sign in; it comes back to RETURN_TO. */
export async function leave(oidc: Oidc, back: string): Promise<void> {
  const found = await discover(oidc.issuer);
  const state = random();
  const verifier = random();
  const waiting: Waiting = {
    state, verifier, endpoint: found.token_endpoint, clientId: oidc.client_id, issuer: oidc.issuer, back,
  };
  sessionStorage.setItem(WAITING_AT, JSON.stringify(waiting));
  const address = new URL(found.authorization_endpoint);
  const asked = {
    response_type: "code", client_id: oidc.client_id, redirect_uri: RETURN_TO, scope: oidc.scopes.join(" "), state,
    code_challenge: await challenge(verifier), code_challenge_method: "S256",
  };
  Object.entries(asked).forEach(([name, value]) => address.searchParams.set(name, value));
  location.assign(address);
}

/** Take up what the browser came back with; says where the person was before. */
export async function arrive(address: URL): Promise<string> {
  const kept = sessionStorage.getItem(WAITING_AT);
  sessionStorage.removeItem(WAITING_AT);
  const waiting = JSON.parse(kept ?? "null") as Waiting | null;
  const code = address.searchParams.get("code");
  const from = address.searchParams.get("iss");
  if (!waiting || !code || address.searchParams.get("state") !== waiting.state || (from && from !== waiting.issuer))
    throw new Failure(0, "SIGN_IN_BROKEN", "That sign-in was not begun in this tab, or was refused. Begin again.");
  const tokens = await redeem(waiting.endpoint, {
    grant_type: "authorization_code", code, redirect_uri: RETURN_TO, client_id: waiting.clientId,
    code_verifier: waiting.verifier,
  });
  keep(tokens, waiting.endpoint, waiting.clientId);
  return waiting.back;
}

let renewing: Promise<void> | null = null;

/** Renew a bearer that is about to end; many callers wait for one renewal. */
export async function freshen(): Promise<void> {
  const refresh = session()?.refresh;
  if (!refresh || refresh.until - EARLY_MS > Date.now()) return;
  renewing ??= renew(refresh).finally(() => (renewing = null));
  await renewing;
}

async function renew(refresh: { token: string; endpoint: string; clientId: string }): Promise<void> {
  try {
    const asked = { grant_type: "refresh_token", refresh_token: refresh.token, client_id: refresh.clientId };
    keep(await redeem(refresh.endpoint, asked), refresh.endpoint, refresh.clientId, refresh.token);
  } catch {
    end();
  }
}

function keep(tokens: Tokens, endpoint: string, clientId: string, before?: string): void {
  if (!tokens.access_token) throw new Failure(0, "SIGN_IN_BROKEN", "The sign-in gave no token. Begin again.");
  const token = tokens.refresh_token ?? before;
  const until = Date.now() + (tokens.expires_in ?? 300) * 1000;
  begin({ bearer: tokens.access_token, ...(token ? { refresh: { token, endpoint, clientId, until } } : {}) });
}

async function redeem(endpoint: string, form: Record<string, string>): Promise<Tokens> {
  const response = await fetch(endpoint, { method: "POST", body: new URLSearchParams(form), credentials: "omit" });
  if (!response.ok) throw new Failure(response.status, "SIGN_IN_BROKEN", "The sign-in was not accepted. Begin again.");
  return (await response.json()) as Tokens;
}

async function discover(issuer: string): Promise<Endpoints> {
  const response = await fetch(`${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`, { credentials: "omit" });
  const found = (await response.json()) as Endpoints;
  if (found.issuer !== issuer) throw new Failure(0, "SIGN_IN_BROKEN", "The place to sign in goes by another name.");
  return found;
}

function random(): string {
  return base64url(crypto.getRandomValues(new Uint8Array(32)));
}

async function challenge(verifier: string): Promise<string> {
  return base64url(new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier))));
}

function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes)).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}
