/** What is to be crawled and how far, as it stands in a form; and what of it the API is told. */

import type { Shapes } from "../../api/client";
import type { Run, Saved } from "./words";

export type Acl = Shapes["CrawlAclWrite"];
type Deeds = Extract<NonNullable<Acl["aces"]>[number]["permissions"], unknown[]>;
export type Schedule = Shapes["CrawlScheduleWrite"];

export interface Plan {
  seed_url: string;
  max_pages: number;
  max_depth: number;
  megabytes: number;
  include: string;
  exclude: string;
  follow_external: boolean;
  use_sitemap: boolean;
  grace_crawls: number;
  grace_days: number;
  /** Null: what the collection says holds, and nothing is said of it. */
  acl: Acl | null;
}

/** What a saved crawl has besides. */
export interface Keeping {
  name: string;
  schedule: Schedule | null;
  webhook: boolean;
}

const MEGABYTE = 1_000_000; // as sizes are told everywhere here

export const NEW: Plan = {
  seed_url: "", max_pages: 500, max_depth: 3, megabytes: 50, include: "", exclude: "",
  follow_external: false, use_sitemap: false, grace_crawls: 3, grace_days: 7, acl: null,
};

/** The plan of a run or of a saved crawl; a run says nothing of its entries and its grace. */
export function planOf(found: Run | Saved): Plan {
  const { seed_url, max_pages, max_depth, follow_external, use_sitemap } = found;
  const saved = "grace_days" in found ? found : null;
  return {
    ...NEW,
    seed_url,
    max_pages,
    max_depth,
    follow_external,
    use_sitemap,
    megabytes: found.max_total_bytes / MEGABYTE,
    include: found.include_patterns.join("\n"),
    exclude: found.exclude_patterns.join("\n"),
    ...(saved && { grace_crawls: saved.grace_crawls, grace_days: saved.grace_days, acl: aclOf(saved.acl) }),
  };
}

export function keepingOf({ name, schedule, webhook }: Saved): Keeping {
  return { name, schedule: schedule && fitting(schedule), webhook: webhook.enabled };
}

export function aclOf(acl: Saved["acl"]): Acl | null {
  if (!acl || (acl.inherit && acl.aces.length === 0)) return null;
  const said = ({ permission_names, ...ace }: (typeof acl.aces)[number]) => ({ ...ace, permissions: permission_names as Deeds });
  return { inherit: acl.inherit, aces: acl.aces.map(said) };
}

/** A schedule without what its sort has no use for. */
function fitting({ type, time, timezone, day, cron }: Schedule): Schedule {
  if (type === "cron") return { type, timezone, cron: cron ?? "" };
  return { type, timezone, time: time ?? "00:00", ...(type === "weekly" && { day: day ?? "monday" }) };
}

const INHERITED: Acl = { inherit: true, aces: [] };

export function bodyOf(plan: Plan) {
  return {
    seed_url: plan.seed_url.trim(),
    max_pages: plan.max_pages,
    max_depth: plan.max_depth,
    max_total_bytes: Math.round(plan.megabytes * MEGABYTE),
    include_patterns: lines(plan.include),
    exclude_patterns: lines(plan.exclude),
    follow_external: plan.follow_external,
    use_sitemap: plan.use_sitemap,
    grace_crawls: plan.grace_crawls,
    grace_days: plan.grace_days,
    acl: plan.acl ?? INHERITED,
  };
}

export function keptOf({ name, schedule, webhook }: Keeping) {
  return { name: name.trim(), schedule: schedule && fitting(schedule), webhook: { enabled: webhook } };
}

export type Body = ReturnType<typeof bodyOf> & ReturnType<typeof keptOf>;

/** Only what differs; nothing else is sent, so that what is said of access is not said by who may not say it. */
export function changesOf(now: Body, before: Body): Partial<Body> {
  const differs = (field: keyof Body) => JSON.stringify(now[field]) !== JSON.stringify(before[field]);
  return Object.fromEntries((Object.keys(now) as (keyof Body)[]).filter(differs).map((field) => [field, now[field]]));
}

function lines(text: string): string[] {
  return text.split("\n").map((line) => line.trim()).filter(Boolean);
}
