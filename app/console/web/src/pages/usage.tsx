/** What models were called for, by day, and what it cost. Days are UTC's; all that is asked stands in the address. */

import { api, ask, type Shapes } from "../api/client";
import { useDeed, useQuery } from "../api/hooks";
import { permits, useMe } from "../api/me";
import { AsCode } from "../parts/as-code";
import { Choice, Day, useFilters } from "../parts/filters";
import { count } from "../parts/numbers";
import { NotAllowed, Page } from "../parts/page";
import { useNames } from "../parts/people";
import { save } from "../parts/saving";
import { Asked, Empty, Trouble } from "../parts/states";
import { type Column, Table } from "../parts/table";
import { daysOf, GROUPS, groupsFor, MEASURES, OPERATIONS, queryOf, SCOPES, scopesFor, today, type Wanted, wantedOf } from "./usage/asked";
import { Budgets } from "./usage/budgets";
import { Chart } from "./usage/chart";
import { said, type Sum, total } from "./usage/sums";
import "./usage.css";

export default function Usage() {
  const me = useMe();
  if (!permits(me, "accounting:view_own", "accounting:view_tenant"))
    return (
      <Page title="Usage">
        <NotAllowed />
      </Page>
    );
  return <Shown />;
}

function Shown() {
  const [query, go] = useFilters("/console/usage");
  const me = useMe();
  const wanted = wantedOf(query, me);
  const asked = { ...queryOf(wanted), group_by: wanted.group, period: "day" as const };
  const summary = useQuery(
    (signal) => ask(api.GET("/v1/accounting/usage/summary", { params: { query: asked }, signal })),
    [asked],
  );
  const saving = useDeed(() =>
    save(`/v1/accounting/export?${new URLSearchParams({ format: "csv", ...queryOf(wanted) })}`, `usage-${wanted.first}-${wanted.last}.csv`),
  );
  return (
    <Page
      title="Usage"
      lead="What models were called for, by day, and what it cost. Days begin and end at midnight UTC."
      actions={
        <>
          <button type="button" onClick={summary.reload} disabled={summary.loading}>
            Count again
          </button>
          <button type="button" disabled={saving.busy} onClick={() => void saving.run()}>
            {saving.busy ? "Fetching…" : "Every call as CSV"}
          </button>
        </>
      }
    >
      <div class="usage">
        <Trouble failure={saving.failure} />
        <Asking wanted={wanted} go={go} />
        <Asked query={summary} what="usage">
          {(found) => <Found found={found} wanted={wanted} />}
        </Asked>
        <AsCode call={{ method: "GET", path: `/v1/accounting/usage/summary?${new URLSearchParams(asked)}` }} />
        {permits(me, "accounting:view_tenant") && <Budgets />}
      </div>
    </Page>
  );
}

interface AskingProps {
  wanted: Wanted;
  go: (next: Record<string, string>) => void;
}

function Asking({ wanted, go }: AskingProps) {
  const me = useMe();
  return (
    <div class="fields">
      <Day name="From" value={wanted.first} most={wanted.last} choose={(from) => go({ from })} />
      <Day name="To and with" value={wanted.last} most={today()} choose={(to) => go({ to })} />
      <Choice name="Of" value={wanted.scope} offered={scopesFor(me)} names={SCOPES} choose={(scope) => go({ scope })} />
      <Choice name="By" value={wanted.group} offered={groupsFor(me)} names={GROUPS} choose={(by) => go({ by })} />
      <Choice
        name="Calls for"
        value={wanted.operation ?? ""}
        offered={["", "chat", "embedding"]}
        names={{ "": "Anything", ...OPERATIONS }}
        choose={(operation) => go({ operation })}
      />
      <Choice name="Bars show" value={wanted.show} offered={["cost", "tokens", "calls"]} names={MEASURES} choose={(show) => go({ show })} />
    </div>
  );
}

function Found({ found, wanted }: { found: Shapes["UsageSummaryRead"]; wanted: Wanted }) {
  const personOf = useNames(wanted.group === "user");
  const nameOf = (key: string | null) => (key === null ? "none was reached" : wanted.group === "user" ? personOf(key) : key);
  const { items } = found;
  if (items.length === 0)
    return (
      <Empty title="No model was called in these days.">
        <p>Ask something in Chat or search a collection; it is counted here within seconds.</p>
      </Empty>
    );
  return (
    <>
      <Totals items={items} />
      <Chart sums={items} days={daysOf(wanted)} show={wanted.show} nameOf={nameOf} />
      {found.truncated && (
        <p class="notice" role="status">
          There are more rows than one answer holds: only the newest {count(items.length)} are here, and added up. Choose fewer days.
        </p>
      )}
      <Table
        caption="Usage by day"
        columns={columnsOf(GROUPS[wanted.group], nameOf)}
        items={items}
        keyOf={({ period_start, key }) => `${period_start} ${key}`}
      />
      <p class="hint">
        An assistant is a line of its own, not of the model behind it. A mean is of all calls of the line. The CSV has every call by
        itself; its columns add up to these numbers.
      </p>
    </>
  );
}

function Totals({ items }: { items: Sum[] }) {
  return (
    <dl class="totals">
      <div>
        <dt>Cost</dt>
        <dd>{total(items.map(({ cost }) => cost))}</dd>
      </div>
      <div>
        <dt>Calls</dt>
        <dd>{said(items, "calls")}</dd>
      </div>
      <div>
        <dt>Tokens</dt>
        <dd>{said(items, "tokens")}</dd>
      </div>
    </dl>
  );
}

function columnsOf(group: string, nameOf: (key: string | null) => string): Column<Sum>[] {
  return [
    { name: "Day (UTC)", cell: ({ period_start }) => <Dated day={period_start.slice(0, 10)} /> },
    { name: group, wide: true, cell: ({ key }) => nameOf(key) },
    { name: "Calls", number: true, cell: ({ requests }) => count(requests) },
    { name: "Tokens in", number: true, cell: ({ input_tokens }) => count(input_tokens) },
    { name: "Tokens out", number: true, cell: ({ output_tokens }) => count(output_tokens) },
    { name: "Cost", number: true, cell: ({ cost }) => cost },
    { name: "Mean time", number: true, cell: ({ average_latency_ms }) => `${count(Math.round(average_latency_ms))} ms` },
  ];
}

function Dated({ day }: { day: string }) {
  return (
    <span>
      {day} {day === today() && <span class="quiet">still counting</span>}
    </span>
  );
}
