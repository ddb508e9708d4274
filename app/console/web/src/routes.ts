/** Every address of the console, its page (loaded when it is first opened), and where it stands in the navigation. */

import type { VNode } from "preact";
import { lazy } from "preact-iso";
import { acting } from "./api/acting";
import type { Me } from "./api/me";
import { isSharedWith, permits } from "./api/me";

/** What its address names, a page asks `useRoute().params` for. */
type Page = () => VNode;

export interface Place {
  path: string;
  page: Page;
}

const page = (load: () => Promise<{ default: Page }>): Page => lazy(load);

export const PLACES: Place[] = [
  { path: "/console", page: page(() => import("./pages/home")) },
  { path: "/console/collections", page: page(() => import("./pages/collections")) },
  { path: "/console/collections/:id", page: page(() => import("./pages/collection")) },
  { path: "/console/documents/:id", page: page(() => import("./pages/document")) },
  { path: "/console/search", page: page(() => import("./pages/search")) },
  { path: "/console/chat", page: page(() => import("./pages/chat")) },
  { path: "/console/access", page: page(() => import("./pages/access")) },
  { path: "/console/graph", page: page(() => import("./pages/graph")) },
  { path: "/console/personas", page: page(() => import("./pages/personas")) },
  { path: "/console/personas/:id", page: page(() => import("./pages/persona")) },
  { path: "/console/crawls", page: page(() => import("./pages/crawls")) },
  { path: "/console/crawls/new", page: page(() => import("./pages/crawl-new")) },
  { path: "/console/crawls/:id", page: page(() => import("./pages/crawl")) },
  { path: "/console/evals", page: page(() => import("./pages/evals")) },
  { path: "/console/evals/begin", page: page(() => import("./pages/eval-begin")) },
  { path: "/console/evals/compare", page: page(() => import("./pages/eval-compare")) },
  { path: "/console/evals/runs/:id", page: page(() => import("./pages/eval-run")) },
  { path: "/console/evals/sets/:id", page: page(() => import("./pages/eval-set")) },
  { path: "/console/usage", page: page(() => import("./pages/usage")) },
  { path: "/console/requests", page: page(() => import("./pages/requests")) },
  { path: "/console/requests/:id", page: page(() => import("./pages/request")) },
  { path: "/console/settings", page: page(() => import("./pages/settings")) },
  { path: "/console/settings/models", page: page(() => import("./pages/models")) },
  { path: "/console/settings/webhooks", page: page(() => import("./pages/webhooks")) },
  { path: "/console/settings/webhooks/:id", page: page(() => import("./pages/webhook")) },
  { path: "/console/settings/audit", page: page(() => import("./pages/audit")) },
  { path: "/console/settings/modules", page: page(() => import("./pages/modules")) },
  { path: "/console/settings/keys", page: page(() => import("./pages/keys")) },
];

export interface Entry {
  name: string;
  href: string;
  /** After `g`. */
  key: string;
  /** What any one of lets a caller in; none: everybody. */
  needs: string[];
  /** What only one's own tenant has. */
  own?: boolean;
  /** What access lists decide on. */
  shared?: boolean;
}

export const NAVIGATION: Entry[] = [
  { name: "Home", href: "/console", key: "h", needs: [] },
  { name: "Collections", href: "/console/collections", key: "c", needs: ["scaimatrix:view"], shared: true },
  { name: "Search lab", href: "/console/search", key: "s", needs: ["scaimatrix:search"], shared: true },
  { name: "Chat", href: "/console/chat", key: "t", needs: ["models:use"], own: true },
  { name: "Personas", href: "/console/personas", key: "p", needs: ["scaipersona:view"] },
  { name: "Crawls", href: "/console/crawls", key: "w", needs: ["scaimatrix:ingest", "scaimatrix:manage"], shared: true },
  { name: "Graph", href: "/console/graph", key: "n", needs: ["scaimatrix:view"], shared: true },
  { name: "Access", href: "/console/access", key: "a", needs: ["scaimatrix:view"], shared: true },
  { name: "Evals", href: "/console/evals", key: "e", needs: ["scaipersona:view"] },
  { name: "Usage", href: "/console/usage", key: "u", needs: ["accounting:view_own", "accounting:view_tenant"] },
  { name: "Requests", href: "/console/requests", key: "r", needs: ["accounting:view_own", "accounting:view_tenant"] },
  { name: "API keys", href: "/console/settings/keys", key: "k", needs: ["api_keys:manage", "users:manage"] },
  { name: "Settings", href: "/console/settings", key: "x", needs: [] },
];

/** The entries this caller has a use for and this console has a page for. */
export function entriesFor(me: Me): Entry[] {
  const there = new Set(PLACES.map((place) => place.path));
  const has = (entry: Entry) => !(entry.own && acting()) && !(entry.shared && !isSharedWith(me));
  const shown = NAVIGATION.filter((entry) => there.has(entry.href) && has(entry));
  return shown.filter((entry) => !entry.needs.length || permits(me, ...entry.needs));
}

/** Where a pasted id leads, by its prefix. */
export const BY_PREFIX: Record<string, (id: string) => string> = {
  col: (id) => `/console/collections/${id}`,
  doc: (id) => `/console/documents/${id}`,
  per: (id) => `/console/personas/${id}`,
  crw: (id) => `/console/crawls/${id}`,
  evs: (id) => `/console/evals/sets/${id}`,
  run: (id) => `/console/evals/runs/${id}`,
  whk: (id) => `/console/settings/webhooks/${id}`,
  req: (id) => `/console/requests/${id}`,
};
