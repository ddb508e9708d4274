/**
 * Calls of the API, typed by its recorded description.
 *
 *     const { data } = await ask(api.GET("/v1/me", { signal }));
 *     await ask(api.PATCH("/v1/…/{id}", { params: { path: { id } }, body, headers: ifMatch(etag) }));
 *
 * The bearer and, on a POST, an Idempotency-Key are put on here; whatever is refused is thrown as a Failure.
 */

import createClient, { createQuerySerializer, type Middleware } from "openapi-fetch";
import { acting, inTenant } from "./acting";
import { asFailure, Failure, failureOf, isAbort } from "./failure";
import { freshen } from "./oidc";
import { deedOf, keyOf, settle } from "./repeating";
import type { components, paths } from "./schema";
import { end, session } from "./session";

export type Shapes = components["schemas"];

export interface Meta {
  request_id: string;
  next_cursor?: string | null;
  has_more?: boolean;
}

export interface Answer<Data, Said = Meta> {
  data: Data;
  meta: Said;
  etag: string | null;
  requestId: string | null;
}

const deeds = new WeakMap<Request, string>();

const credentials: Middleware = {
  async onRequest({ request }) {
    request.headers.set("Authorization", `Bearer ${await bearer()}`);
    if (request.method === "POST" && !request.headers.has("Idempotency-Key") && isJson(request)) {
      const deed = await deedOf(request);
      deeds.set(request, deed);
      request.headers.set("Idempotency-Key", keyOf(deed));
    }
    return request;
  },
  onResponse({ request, response }) {
    const deed = deeds.get(request);
    if (deed) settle(deed, response.status);
    if (response.status === 401) end();
  },
};

function isJson(request: Request): boolean {
  return request.headers.get("Content-Type")?.startsWith("application/json") ?? false;
}

const plainly = createQuerySerializer<Record<string, unknown>>();
const querySerializer = (query: Record<string, unknown>) => plainly({ ...query, ...(acting() ? { tenant_id: acting()?.id } : {}) });
export const api = createClient<paths>({ baseUrl: location.origin, credentials: "omit", cache: "no-store", querySerializer });
api.use(credentials);

/** The credential to send now; one that has run out is renewed first where that can be. */
export async function bearer(): Promise<string> {
  await freshen();
  return session()?.bearer ?? "";
}

interface Enveloped {
  data?: unknown;
  meta?: object;
  /** Where reports say how they go on; other lists say it in `meta`. */
  pagination?: object;
}

interface Fetched<Body> {
  data?: Body;
  error?: unknown;
  response: Response;
}

type DataOf<Body> = Body extends { data: infer Data } ? Data : Body;
type MetaOf<Body> = Body extends { meta: infer Said } ? Said : Meta;

/** Wait for a call; its data without the envelope, or a Failure. */
export async function ask<Body>(call: Promise<Fetched<Body>>): Promise<Answer<DataOf<Body>, MetaOf<Body>>> {
  let fetched: Fetched<Body>;
  try {
    fetched = await call;
  } catch (thrown) {
    if (isAbort(thrown)) throw thrown;
    throw asFailure(thrown);
  }
  const { response } = fetched;
  if (!response.ok) throw failureOf(response, fetched.error);
  const body = (fetched.data ?? {}) as Enveloped;
  return {
    data: (body.data === undefined ? fetched.data : body.data) as DataOf<Body>,
    meta: { ...body.meta, ...body.pagination } as MetaOf<Body>,
    etag: response.headers.get("ETag"),
    requestId: response.headers.get("X-Request-Id"),
  };
}

/** What there is none of yet is made only if there is still none. */
export function ifMatchOrNone(etag: string | null): Record<string, string> {
  return etag ? ifMatch(etag) : { "If-None-Match": "*" };
}

export function ifMatch(etag: string | null | undefined): Record<string, string> {
  return etag ? { "If-Match": etag } : {};
}

/** A call whose answer is no JSON: a file, a stream. Its path is the API's own. */
export async function fetchRaw(path: string, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers);
  headers.set("Authorization", `Bearer ${await bearer()}`);
  let response: Response;
  try {
    response = await fetch(inTenant(path), { ...init, headers, credentials: "omit", cache: "no-store" });
  } catch (thrown) {
    if (isAbort(thrown)) throw thrown;
    throw asFailure(thrown);
  }
  if (response.status === 401) end();
  if (!response.ok) throw failureOf(response, await response.json().catch(() => null));
  return response;
}

export { Failure };
