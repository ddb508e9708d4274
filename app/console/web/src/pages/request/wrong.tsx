/** What went wrong in a request, in a sentence each, and what one does about it. */

import { api, ask } from "../../api/client";
import { useQuery } from "../../api/hooks";
import { permits, useMe } from "../../api/me";
import { Time } from "../../parts/time";
import type { Call } from "../requests/call";
import { reasonOf } from "../models/health";
import type { Deed, Step } from "./story";

export function Wrong({ steps }: { steps: Step[] }) {
  const wrong = steps.filter(({ call, deed }) => (call && call.outcome !== "ok") || deed?.outcome === "refused");
  if (wrong.length === 0) return null;
  return (
    <section class="card">
      <h2>What went wrong</h2>
      <ul class="wrong-list">
        {wrong.map(({ id, call, deed }) => (
          <li key={id}>
            {call && <Unanswered call={call} />}
            {deed && <Refused deed={deed} />}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Unanswered({ call }: { call: Call }) {
  if (call.outcome === "cancelled")
    return (
      <p>
        Whoever asked went away before <strong>{call.model}</strong> had finished. What it had read and written by then is counted. Nothing
        needs to be done; asking again asks anew.
      </p>
    );
  return (
    <p>
      {call.backend_id === null ? (
        <>
          None of the backends of <strong>{call.model}</strong> could be tried.
        </>
      ) : (
        <>
          <strong>{call.model}</strong> did not answer as it should.
        </>
      )}{" "}
      <NextStep backend={call.backend_id} />
    </p>
  );
}

function NextStep({ backend }: { backend: string | null }) {
  const sees = permits(useMe(), "routing:view");
  const health = useQuery(
    sees && backend
      ? (signal) => ask(api.GET("/v1/backends/{backend_id}/health", { params: { path: { backend_id: backend } }, signal }))
      : null,
    [backend],
  );
  if (!sees) return <>Try again; if it stays so, give this page's address to whoever looks after the models.</>;
  const seen = health.data;
  return (
    <>
      {seen?.state === "failing" && (
        <>
          Its backend has been failing since <Time at={seen.since} />: {reasonOf(seen)}{" "}
        </>
      )}
      {seen?.state === "up" && <>Its backend has been answering again since <Time at={seen.since} />. </>}
      <a href={`/console/settings/models?tab=providers${backend ? `#${backend}` : ""}`}>Test its backend</a>
    </>
  );
}

function Refused({ deed }: { deed: Deed }) {
  const { code, method } = deed.details as { code?: string; method?: string };
  return (
    <p>
      <code>
        {method} {deed.target_id}
      </code>{" "}
      was refused: {code === undefined ? deed.action : <code>{code}</code>}.{" "}
      {deed.target_id?.startsWith("/v1/modules/scaimatrix/") && (
        <>
          <a href="/console/access">Access</a> says what somebody may, and what would let them.
        </>
      )}
    </p>
  );
}
