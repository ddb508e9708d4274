/** Whether the platform is well, in one dot with its word; those who administer see which part is not. */

import { useEvery } from "../api/again";
import { api, ask } from "../api/client";
import { useQuery, type Query } from "../api/hooks";
import { permits, useMe } from "../api/me";
import type { Shapes } from "../api/client";

const EVERY_MS = 30_000;

export type Parts = Shapes["DependencyRead"][];

/** How every part is, for those who may know. */
export function useHealth(): Query<Shapes["DetailedRead"]> {
  const may = permits(useMe(), "admin:access");
  const health = useQuery(may ? (signal) => ask(api.GET("/health/detailed", { signal })) : null, []);
  useEvery(EVERY_MS, health);
  return health;
}

export function HealthDot() {
  const admin = permits(useMe(), "admin:access");
  const detailed = useHealth();
  const ready = useQuery(admin ? null : (signal) => ask(api.GET("/health/ready", { signal })), []);
  useEvery(EVERY_MS, ready);
  const state = admin ? detailed.data?.state : ready.failure ? "down" : ready.data ? "up" : undefined;
  const failed = admin ? detailed.failure : ready.failure;
  const shown = failed ? "down" : (state ?? "unknown");
  const words = { up: "All well", degraded: "Partly away", down: "Away", unknown: "Looking" }[shown];
  return (
    <a class={`health ${shown}`} href="/console#health" title={words}>
      <span class="dot" aria-hidden="true" />
      <span>{words}</span>
    </a>
  );
}
