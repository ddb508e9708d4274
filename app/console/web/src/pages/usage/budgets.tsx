/** The budgets that hold here, and how each stands in its present period. */

import { api, ask, type Shapes } from "../../api/client";
import { usePages } from "../../api/hooks";
import { useMe } from "../../api/me";
import { Badge } from "../../parts/badge";
import { count } from "../../parts/numbers";
import { useNames } from "../../parts/people";
import { Progress } from "../../parts/progress";
import { Empty } from "../../parts/states";
import { type Column, PagedTable } from "../../parts/table";
import { utc } from "../../parts/time";

type Budget = Shapes["BudgetRead"];

const PERIODS = { daily: "a day", weekly: "a week", monthly: "a month", total: "in all" };
const ACTIONS = { block: "refuses calls", notify: "tells the admins", throttle: "slows calls down" };
const KINDS = { partner: "the partner", tenant: "the tenant", group: "a group", user: "a person" };

export function Budgets() {
  const me = useMe();
  const nameOf = useNames();
  const pages = usePages(async (cursor, signal) => {
    const answer = await ask(api.GET("/v1/accounting/budgets", { params: { query: { cursor, limit: 50 } }, signal }));
    return { ...answer, data: answer.data.items };
  }, []);
  const columns: Column<Budget>[] = [
    { name: "Budget", wide: true, cell: ({ name, id }) => <strong>{name || id}</strong> },
    { name: "Of", wide: true, cell: (budget) => ofWhat(budget, me.tenant_id, nameOf) },
    { name: "Spent", cell: (budget) => <Limits budget={budget} /> },
    { name: "At its limit", cell: ({ hard_action }) => ACTIONS[hard_action] },
    { name: "Begins anew", cell: ({ spent }) => (spent.period_end ? utc(spent.period_end) : <span class="quiet">never</span>) },
  ];
  return (
    <section>
      <h2>Budgets</h2>
      <PagedTable
        caption="Budgets"
        columns={columns}
        keyOf={({ id }) => id}
        pages={pages}
        empty={
          <Empty title="No budget limits anything here.">
            <p>
              Whoever manages budgets sets one by <code>POST /v1/accounting/budgets</code>.
            </p>
          </Empty>
        }
      />
    </section>
  );
}

function ofWhat({ scope, scope_id }: Budget, tenant: string, nameOf: (id: string) => string) {
  if (scope === "user") return nameOf(scope_id);
  if (scope === "tenant" && scope_id === tenant) return "the tenant";
  return `${KINDS[scope]} ${scope_id}`;
}

function Limits({ budget }: { budget: Budget }) {
  const { cost_limit, token_limit, request_limit, spent } = budget;
  return (
    <div class="limits">
      {cost_limit !== null && <Limit budget={budget} what="cost" done={Number(spent.cost)} of={Number(cost_limit)} said={`${spent.cost} of ${cost_limit}`} />}
      {token_limit !== null && <Limit budget={budget} what="tokens" done={spent.tokens} of={token_limit} said={`${count(spent.tokens)} of ${count(token_limit)}`} />}
      {request_limit !== null && <Limit budget={budget} what="calls" done={spent.requests} of={request_limit} said={`${count(spent.requests)} of ${count(request_limit)}`} />}
    </div>
  );
}

interface LimitProps {
  budget: Budget;
  what: string;
  done: number;
  of: number;
  said: string;
}

function Limit({ budget, what, done, of, said }: LimitProps) {
  const used = of > 0 ? done / of : 1;
  return (
    <div>
      {of > 0 && <Progress name={`${budget.name || budget.id}, ${what}`} done={done} of={of} />} {said} {what} {PERIODS[budget.period]}{" "}
      {used >= 1 ? <Badge tone="bad">used up</Badge> : used >= budget.soft_limit_pct && <Badge tone="warn">nearly used up</Badge>}
    </div>
  );
}
