/** One request: the models it called and what it changed or was refused, along its time. */

import type { ComponentChildren } from "preact";
import { useLocation, useRoute } from "preact-iso";
import { useEffect, useState } from "preact/hooks";
import { api, ask, type Shapes } from "../api/client";
import { useQuery } from "../api/hooks";
import { permits, useMe } from "../api/me";
import { AsCode, quoted } from "../parts/as-code";
import { Badge } from "../parts/badge";
import { CopyId } from "../parts/copy";
import { count } from "../parts/numbers";
import { Page } from "../parts/page";
import { useNames } from "../parts/people";
import { Asked, Empty, Trouble } from "../parts/states";
import { type Column, Table } from "../parts/table";
import { Time, utc } from "../parts/time";
import { type Call, Outcome, Tokens, took } from "./requests/call";
import { WentThrough } from "./request/passed";
import { type Deed, spanOf, type Step, stepsOf } from "./request/story";
import { nameOf, Waterfall } from "./request/waterfall";
import { Wrong } from "./request/wrong";
import { among, scopesFor } from "./usage/asked";
import { total } from "./usage/sums";
import "./requests.css";

const MOST = 1000;
const TRAIL = [{ name: "Requests", href: "/console/requests" }];
const AGAIN_MS = 2000;
const TIMES = 4; // calls are written down within five seconds

export default function RequestPage() {
  const id = useRoute().params.id ?? "";
  return (
    <Page title="Request" trail={TRAIL} lead={<CopyId id={id} />}>
      <Story key={id} id={id} />
    </Page>
  );
}

function Story({ id }: { id: string }) {
  const me = useMe();
  const scope = among(scopesFor(me), useLocation().query.scope);
  const calls = useQuery<Call[]>(
    async (signal) => {
      const params = { query: { request_id: id, scope, order: "asc" as const, limit: MOST } };
      const answer = await ask(api.GET("/v1/accounting/usage", { params, signal }));
      return { ...answer, data: answer.data.items };
    },
    [id, scope],
  );
  const passed = useQuery(
    async (signal) => {
      const params = { query: { request_id: id, scope, order: "asc" as const } };
      const answer = await ask(api.GET("/v1/accounting/stages", { params, signal }));
      return { ...answer, data: answer.data.items };
    },
    [id, scope, calls.data?.length ?? 0],
  );
  const oversees = permits(me, "admin:access");
  const deeds = useQuery<Deed[]>(
    oversees
      ? async (signal) => {
          const params = { query: { request_id: id, order: "asc" as const, limit: MOST } };
          const answer = await ask(api.GET("/v1/audit-log", { params, signal }));
          return { ...answer, data: answer.data.items };
        }
      : null,
    [id],
  );
  const steps = stepsOf(calls.data ?? [], deeds.data ?? []);
  const waits = useFewLooks(steps.length === 0 && !calls.loading && !deeds.loading && !calls.failure, () => {
    calls.reload();
    if (oversees) deeds.reload();
  });
  return (
    <div class="request-page">
      <Asked query={calls} what="what happened">
        {() =>
          steps.length > 0 ? (
            <Told steps={steps} passed={passed.data ?? []} />
          ) : (
            <Empty title={waits ? "Nothing is known of it yet; looking again…" : "Nothing is known of a request of this id."}>
              <p>
                It called no model and changed nothing{oversees ? "" : ", as far as you may see"}. Or it is somebody else's, or an id with a
                letter missing. Its line in the server's log has the same id.
              </p>
            </Empty>
          )
        }
      </Asked>
      <Trouble failure={deeds.failure} retry={deeds.reload} />
      <AsCode
        call={{
          method: "GET",
          path: `/v1/accounting/usage?${new URLSearchParams({ request_id: id })}`,
          cli: `scaigrid requests show ${quoted(id)}`,
        }}
      />
    </div>
  );
}

/** Look again a few times while there is nothing; says whether it still will. */
function useFewLooks(empty: boolean, look: () => void): boolean {
  const [looked, setLooked] = useState(0);
  useEffect(() => {
    if (!empty || looked >= TIMES) return;
    const timer = setTimeout(() => (setLooked(looked + 1), look()), AGAIN_MS);
    return () => clearTimeout(timer);
  }, [empty, looked]);
  return looked < TIMES;
}

function Told({ steps, passed }: { steps: Step[]; passed: Shapes["CallStagesRead"][] }) {
  const personOf = useNames();
  const calls = steps.flatMap(({ call }) => call ?? []);
  const deeds = steps.flatMap(({ deed }) => deed ?? []);
  const { from, length } = spanOf(steps);
  const who = calls[0]?.user_id ?? deeds[0]?.actor_id;
  const facts: [string, ComponentChildren][] = [
    ["Begun", <span title={utc(new Date(from).toISOString())}><Time at={new Date(from).toISOString()} /></span>],
    ["By", who ? personOf(who) : "the platform"],
    ["Along", took(length)],
    ["Model calls", count(calls.length)],
    ["Tokens in + out", `${count(sum(calls, "input_tokens"))} + ${count(sum(calls, "output_tokens"))}`],
    ["Cost", total(calls.map(({ cost }) => cost))],
  ];
  return (
    <>
      <dl class="request-facts">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <Waterfall steps={steps} />
      <Wrong steps={steps} />
      <WentThrough calls={passed} />
      <section>
        <h2>Step by step</h2>
        <Table caption="Steps" columns={columnsFrom(from)} items={steps} keyOf={({ id }) => id} />
        <p class="hint">
          An embedding is a question, or a document, made ready for search. Neither what was asked, nor the words that were found, nor what
          was answered is kept: whoever asked was given it.
        </p>
      </section>
    </>
  );
}

function sum(calls: Call[], name: "input_tokens" | "output_tokens"): number {
  return calls.reduce((all, call) => all + call[name], 0);
}

function columnsFrom(from: number): Column<Step>[] {
  return [
    { name: "After", number: true, cell: ({ at }) => took(at - from) },
    { name: "Step", wide: true, cell: (step) => nameOf(step) },
    {
      name: "Of",
      wide: true,
      cell: ({ call, deed }) => (call ? (call.backend_id ? <CopyId id={call.backend_id} short /> : <span class="quiet">no backend</span>) : deed?.target_id),
    },
    {
      name: "Came to",
      cell: ({ call, deed }) =>
        call ? <Outcome of={call} /> : deed?.outcome === "refused" ? <Badge tone="bad">refused</Badge> : <Badge tone="good">done</Badge>,
    },
    { name: "First word", number: true, cell: ({ call }) => (call?.ttft_ms ? took(call.ttft_ms) : "") },
    { name: "Took", number: true, cell: ({ call }) => (call ? took(call.latency_ms) : "") },
    { name: "Tokens in + out", number: true, cell: ({ call }) => call && <Tokens of={call} /> },
    { name: "Cost", number: true, cell: ({ call }) => call?.cost },
  ];
}
