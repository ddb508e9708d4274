/** What crawls, their runs and what became of addresses are called, and where each of them is in the console. */

import type { Shapes } from "../../api/client";
import type { Tone } from "../../parts/badge";
import { bytes, plural } from "../../parts/numbers";

export type Run = Shapes["CrawlJobRead"];
export type Saved = Shapes["CrawlRead"];
/** Of several collections, with the name of its own. */
export type ListedRun = Run & { collection_name?: string };
export type ListedCrawl = Saved & { collection_name?: string };
export type LedgerPage = Shapes["CrawlPageRead"];
export type Verdict = LedgerPage["verdict"];
type Status = Run["status"];
type Schedule = NonNullable<Saved["schedule"]>;

export const STATUSES: Record<Status, { word: string; tone: Tone }> = {
  pending: { word: "waiting to begin", tone: "plain" },
  running: { word: "running", tone: "busy" },
  completed: { word: "completed", tone: "good" },
  failed: { word: "failed", tone: "bad" },
  cancelled: { word: "cancelled", tone: "warn" },
};

export const VERDICTS: Record<Verdict, { word: string; dry: string; tone: Tone }> = {
  fetched: { word: "kept", dry: "would be kept", tone: "good" },
  unchanged: { word: "unchanged", dry: "unchanged", tone: "plain" },
  skipped: { word: "skipped", dry: "would be skipped", tone: "warn" },
  failed: { word: "failed", dry: "failed", tone: "bad" },
};

/** The API's reasons, and the answers of sites that are met most. */
export const REASONS: Record<string, string> = {
  robots: "forbidden by robots.txt",
  robots_unreachable: "robots.txt cannot be had",
  depth: "too deep",
  scope: "another site, or left out",
  trap: "endlessly many addresses",
  limit_pages: "over the limit of pages",
  limit_bytes: "over the limit of bytes",
  type: "no text in this type",
  duplicate: "told of by another address",
  canonical: "belongs to another address",
  noindex: "asks not to be kept",
  empty: "nothing in it",
  blocked_address: "address not allowed",
  redirect_loop: "redirected in a circle",
  too_many_redirects: "redirected too often",
  unreachable: "host not reached",
  timeout: "took too long",
  protocol: "answer not understood",
  too_large: "too large",
  storage_quota: "the collection is full",
  host_away: "host wants rest",
  stopped: "run ended before",
  cancelled: "cancelled before",
  http_401: "HTTP 401, sign-in wanted",
  http_403: "HTTP 403, refused",
  http_404: "HTTP 404, not there",
  http_410: "HTTP 410, gone",
  http_429: "HTTP 429, too often",
  http_500: "HTTP 500, site failed",
  http_503: "HTTP 503, not ready",
};

export const TRIGGERS: Record<Run["trigger"], string> = {
  manual: "by hand",
  schedule: "by its schedule",
  webhook: "by a signed call",
  ad_hoc: "by hand, once",
  retry: "what had failed, again",
};

export const reasonOf = (reason: string): string => REASONS[reason] ?? reason.replace("http_", "HTTP ");

export const ended = ({ status }: Pick<Run, "status">): boolean => status !== "pending" && status !== "running";

/** How many addresses have got their verdict. */
export function settled(run: Run, verdict?: Verdict): number {
  if (verdict) return run[`pages_${verdict}`];
  return run.pages_fetched + run.pages_unchanged + run.pages_skipped + run.pages_failed;
}

/** Why a run is over, and what one does about it; nothing while it is not. */
export function endOf(run: Run): string | null {
  if (run.status === "failed") return run.error_message ?? run.error_code ?? "It failed without a word.";
  if (run.status === "cancelled") return run.dry_run ? "It was cancelled." : "It was cancelled; what it has taken in stays.";
  if (run.status !== "completed") return null;
  if (run.stopped_by === null) return "It came to its end within its limits.";
  if (run.stopped_by === "limit_pages")
    return `It stopped at its limit of ${plural(run.max_pages, "page")}. Raise that to have more, or leave pages out by patterns.`;
  if (run.stopped_by === "limit_bytes")
    return `It stopped at its limit of ${bytes(run.max_total_bytes)}. Raise that to have more, or leave pages out by patterns.`;
  return `It was stopped: ${reasonOf(run.stopped_by)}. The ledger says of each address what can be done about it.`;
}

export function scheduleOf({ type, time, timezone, day, cron }: Schedule): string {
  const [at, zone] = [time ?? "00:00", `(${timezone})`];
  if (type === "hourly") return `every hour at ${at.slice(3)} minutes past ${zone}`;
  if (type === "daily") return `every day at ${at} ${zone}`;
  if (type === "weekly") return `every ${capital(day ?? "monday")} at ${at} ${zone}`;
  return `by cron: ${cron} ${zone}`;
}

export function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

/** A run is found by its collection; a saved crawl by itself. */
export function runHref({ id, collection_id }: Pick<Run, "id" | "collection_id">): string {
  return `/console/crawls/${id}?collection=${collection_id}`;
}

export function savedHref(id: string): string {
  return `/console/crawls/${id}`;
}

export function hrefWith(path: string, said: Record<string, string | undefined>): string {
  const kept = Object.entries(said).filter((pair): pair is [string, string] => Boolean(pair[1]));
  return kept.length ? `${path}?${new URLSearchParams(kept)}` : path;
}
