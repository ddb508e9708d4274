/** How a backend was last seen, and looking at it now. */

import { api, ask, type Shapes } from "../../api/client";
import { useDeed, useQuery } from "../../api/hooks";
import { Badge } from "../../parts/badge";
import { Trouble } from "../../parts/states";
import { Time } from "../../parts/time";
import { useState } from "preact/hooks";

export type Health = Shapes["BackendHealthRead"];

/** Why, and what one does about it. */
const REASONS: Record<string, [string, string]> = {
  BACKEND_ERROR: ["It failed, or could not be reached.", "Look at the provider's address and key."],
  BACKEND_TIMEOUT: ["It did not answer in time.", "See whether it is busy, or give it more seconds."],
  BACKEND_RATE_LIMITED: ["It asks for fewer requests.", "Wait, or ask its vendor for a higher limit."],
  UPSTREAM_SHAPE_MISMATCH: ["It answered in a shape its protocol does not have.", "The address mostly ends in /v1: see whether it does."],
};

export function reasonOf({ failure, failure_code }: Health): string {
  const [why, next] = REASONS[failure_code ?? ""] ?? ["It did not answer as it should.", "Test it once more."];
  return `${failure ?? why} ${next}`;
}

interface HealthOfProps {
  backend: Shapes["BackendRead"];
  /** What is told when it answers. */
  answers: string;
}

export function HealthOf({ backend, answers }: HealthOfProps) {
  const params = { path: { backend_id: backend.id } };
  const health = useQuery<Health>((signal) => ask(api.GET("/v1/backends/{backend_id}/health", { params, signal })), [backend.id]);
  const [tested, setTested] = useState(false);
  const testing = useDeed(async () => {
    const { data } = await ask(api.GET("/v1/backends/{backend_id}/health", { params: { ...params, query: { check: true } } }));
    health.set(data);
    setTested(true);
  });
  const seen = health.data;
  return (
    <div class="backend-health">
      <span class="row">
        {seen && <Seen health={seen} />}
        <button type="button" aria-label={`Test ${backend.uri}`} disabled={testing.busy} onClick={() => void testing.run()}>
          {testing.busy ? "Testing…" : "Test"}
        </button>
      </span>
      <p class={seen?.state === "failing" ? "why" : "why quiet"} role="status">
        {seen?.state === "failing" && reasonOf(seen)}
        {seen?.state === "up" && tested && answers}
      </p>
      <Trouble failure={testing.failure ?? health.failure} />
    </div>
  );
}

function Seen({ health: { state, since } }: { health: Health }) {
  if (state === "unknown") return <Badge>not seen yet</Badge>;
  return (
    <>
      <Badge tone={state === "up" ? "good" : "bad"}>{state === "up" ? "answers" : "fails"}</Badge>{" "}
      <span class="quiet">
        since <Time at={since} />
      </span>
    </>
  );
}
