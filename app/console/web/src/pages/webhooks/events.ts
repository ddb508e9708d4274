/** What a webhook can be told of, in words, and the addresses it may have. */

import type { Shapes } from "../../api/client";

export type Webhook = Shapes["WebhookRead"];
export type Event = Webhook["events"][number];

export const EVENTS: Record<Event, string> = {
  "scaimatrix.document.indexed": "a document can be searched",
  "scaimatrix.document.failed": "a document failed",
  "scaimatrix.crawl.completed": "a crawl has ended",
  "request.completed": "a model call has ended",
  "budget.soft_limit_reached": "a budget is nearly used up",
  "budget.hard_limit_reached": "a budget is used up",
};

export const hostOf = (url: string): string => (URL.canParse(url) ? new URL(url).host : url);

/** A secret as good as those the API makes. */
export function newSecret(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(32));
  return `whsec_${btoa(String.fromCharCode(...bytes)).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "")}`;
}
