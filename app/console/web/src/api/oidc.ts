/**
 * Signing in where ScaiKey is connected: a code with PKCE, asked for by a page that holds no secret. The verifier lives
 * in this tab's storage between the two redirects and is used once.
 */

import { opens } from "./entering";
import { asFailure, Failure } from "./failure";
import { begin, end, type Refresh, session } from "./session";

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
  revocation_endpoint?: string;
}

interface Waiting {
  state: string;
  verifier: string;
  endpoint: string;
  revocation?: string;
  clientId: string;
  issuer: string;
  back: string;
}

/** Where and as whom tokens are got. */
type Counter = Pick<Refresh, "endpoint" | "revocation" | "clientId">;

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
    ...(found.revocation_endpoint ? { revocation: found.revocation_endpoint } : {}),
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
  const said = address.searchParams;
  const from = said.get("iss");
  if (!waiting || said.get("state") !== waiting.state || (from && from !== waiting.issuer))
    throw new Failure(0, "SIGN_IN_BROKEN", "That sign-in was not begun in this tab. Begin again.");
  const code = said.get("code");
  // Whose words these are is known by now: nobody else could have said the state.
  if (!code) throw new Failure(0, "SIGN_IN_REFUSED", `ScaiKey did not let you in: ${why(said)}`);
  const tokens = await redeem(waiting.endpoint, {
    grant_type: "authorization_code", code, redirect_uri: RETURN_TO, client_id: waiting.clientId,
    code_verifier: waiting.verifier,
  });
  if (!(await opens(tokens.access_token ?? "")))
    throw new Failure(401, "AUTH_TOKEN_INVALID", "ScaiKey knows you, but this platform does not let you in. Ask who runs it.");
  keep(tokens, waiting);
  return waiting.back;
}

function why(said: URLSearchParams): string {
  return said.get("error_description") ?? said.get("error") ?? "it did not say why.";
}

/** Leave the platform: the tab forgets, and what would renew its bearer is told to be good no longer. */
export function signOut(): void {
  const refresh = session()?.refresh;
  end();
  if (!refresh?.revocation) return;
  const form = { token: refresh.token, token_type_hint: "refresh_token", client_id: refresh.clientId };
  const asked = { method: "POST", body: new URLSearchParams(form), credentials: "omit", keepalive: true } as const;
  fetch(refresh.revocation, asked).catch(() => undefined); // it ends by itself in time
}

let renewing: Promise<void> | null = null;

/** Renew a bearer that is about to end; many callers wait for one renewal. */
export async function freshen(): Promise<void> {
  const refresh = session()?.refresh;
  if (!refresh || refresh.until - EARLY_MS > Date.now()) return;
  renewing ??= renew(refresh).finally(() => (renewing = null));
  await renewing;
}

async function renew(refresh: Refresh): Promise<void> {
  try {
    const asked = { grant_type: "refresh_token", refresh_token: refresh.token, client_id: refresh.clientId };
    const tokens = await redeem(refresh.endpoint, asked);
    if (session()?.refresh?.token === refresh.token) keep(tokens, refresh, refresh.token); // unless signed out meanwhile
  } catch (thrown) {
    const { status } = asFailure(thrown);
    if (status === 400 || status === 401) end(); // whoever is away refuses nobody: the bearer lasts a little yet
  }
}

function keep(tokens: Tokens, { endpoint, revocation, clientId }: Counter, before?: string): void {
  if (!tokens.access_token) throw new Failure(0, "SIGN_IN_BROKEN", "The sign-in gave no token. Begin again.");
  const token = tokens.refresh_token ?? before;
  const until = Date.now() + (tokens.expires_in ?? 300) * 1000;
  const again = { endpoint, clientId, until, ...(revocation ? { revocation } : {}) };
  begin({ bearer: tokens.access_token, ...(token ? { refresh: { token, ...again } } : {}) });
}

async function redeem(endpoint: string, form: Record<string, string>): Promise<Tokens> {
  const response = await answered(endpoint, { method: "POST", body: new URLSearchParams(form) });
  if (!response.ok) throw new Failure(response.status, "SIGN_IN_BROKEN", "The sign-in was not accepted. Begin again.");
  return (await response.json()) as Tokens;
}

async function discover(issuer: string): Promise<Endpoints> {
  const response = await answered(`${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`);
  if (!response.ok) throw away();
  const found = (await response.json()) as Endpoints;
  if (found.issuer !== issuer) throw new Failure(0, "SIGN_IN_BROKEN", "The place to sign in goes by another name.");
  return found;
}

async function answered(address: string, asked: RequestInit = {}): Promise<Response> {
  try {
    return await fetch(address, { ...asked, credentials: "omit" });
  } catch {
    throw away();
  }
}

function away(): Failure {
  return new Failure(0, "SIGN_IN_AWAY", "ScaiKey does not answer. Try again shortly, or sign in with a key.");
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
