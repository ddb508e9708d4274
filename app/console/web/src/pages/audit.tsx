/** Everything that was changed or refused, by whom, and whether the record of it holds. */

import { api, ask, type Shapes } from "../api/client";
import { useDeed, usePages } from "../api/hooks";
import { permits, useMe } from "../api/me";
import { AsCode } from "../parts/as-code";
import { Badge } from "../parts/badge";
import { Combobox } from "../parts/combobox";
import { CopyId } from "../parts/copy";
import { Choice, Day, useFilters, Word } from "../parts/filters";
import { findUsers } from "../parts/finding";
import { useNames } from "../parts/people";
import { storyOf } from "../parts/request-id";
import { save } from "../parts/saving";
import { SettingsPage } from "../parts/settings/frame";
import { Empty, Trouble } from "../parts/states";
import { type Column, PagedTable } from "../parts/table";
import { utc } from "../parts/time";
import { MODULES, OUTCOMES, queryOf, SCOPES, scopesFor, type Wanted, wantedOf } from "./audit/asked";
import { Chain } from "./audit/chain";
import { today } from "./usage/asked";
import "./audit.css";

const HERE = "/console/settings/audit";

type Event = Shapes["AuditRead"];

export default function Audit() {
  return (
    <SettingsPage of="Audit log" lead="Everything that was changed or refused, newest first. Nothing in it can be changed or taken out.">
      <Shown />
    </SettingsPage>
  );
}

function Shown() {
  const [said, go] = useFilters(HERE);
  const wanted = wantedOf(said, useMe());
  const query = queryOf(wanted);
  const pages = usePages<Event>(
    async (cursor, signal) => {
      const answer = await ask(api.GET("/v1/audit-log", { params: { query: { ...query, cursor, limit: 50 } }, signal }));
      return { ...answer, data: answer.data.items };
    },
    [query],
  );
  const narrowed = Object.keys(query).length > 1;
  return (
    <>
      <Asking wanted={wanted} go={go} />
      <div class="row audit-deeds">
        <Saving query={query} />
        <button type="button" onClick={pages.reload} disabled={pages.loading}>
          Look again
        </button>
      </div>
      <Chain />
      <PagedTable
        caption="Audit log"
        columns={useColumns(wanted)}
        keyOf={({ id }) => id}
        pages={pages}
        empty={
          <Empty title={narrowed ? "Nothing fits this." : "Nothing has been changed or refused yet."}>
            {narrowed && (
              <p>
                <a href={HERE}>Show all</a>
              </p>
            )}
          </Empty>
        }
      />
      <AsCode call={{ method: "GET", path: `/v1/audit-log?${new URLSearchParams(query)}` }} />
    </>
  );
}

function Saving({ query }: { query: ReturnType<typeof queryOf> }) {
  const saving = useDeed((format: string) =>
    save(`/v1/audit-log/export?${new URLSearchParams({ ...query, format })}`, `audit-${today()}.${format}`),
  );
  return (
    <>
      {["csv", "ndjson"].map((format) => (
        <button key={format} type="button" disabled={saving.busy} onClick={() => void saving.run(format)}>
          All of these as {format.toUpperCase()}
        </button>
      ))}
      <Trouble failure={saving.failure} />
    </>
  );
}

interface AskingProps {
  wanted: Wanted;
  go: (next: Record<string, string>) => void;
}

function Asking({ wanted, go }: AskingProps) {
  const me = useMe();
  const nameOf = useNames(wanted.person !== "");
  return (
    <div class="fields">
      <Day name="From" value={wanted.first} most={wanted.last || today()} choose={(from) => go({ from })} />
      <Day name="To and with" value={wanted.last} most={today()} choose={(to) => go({ to })} />
      {scopesFor(me).length > 1 && <Choice name="Of" value={wanted.scope} offered={scopesFor(me)} names={SCOPES} choose={(scope) => go({ scope })} />}
      <Choice name="About" value={wanted.module} offered={["", "core", "scaimatrix", "scaipersona"]} names={MODULES} choose={(module) => go({ module })} />
      <Choice name="Came to" value={wanted.outcome} offered={["", "done", "refused"]} names={OUTCOMES} choose={(outcome) => go({ outcome })} />
      <Word name="Action" value={wanted.action} placeholder="user.created" choose={(action) => go({ action })} />
      {permits(me, "users:manage") && (
        <Combobox
          name="Done by"
          find={findUsers}
          chosen={wanted.person ? { id: wanted.person, name: nameOf(wanted.person) } : null}
          choose={(chosen) => go({ person: chosen?.id ?? "" })}
          placeholder="Anybody"
        />
      )}
      <Word name="Done to" value={wanted.target} placeholder="An id" choose={(target) => go({ target })} />
      <Word name="In request" value={wanted.request} placeholder="req_…" choose={(request) => go({ request })} />
    </div>
  );
}

function useColumns({ scope }: Wanted): Column<Event>[] {
  const nameOf = useNames();
  return [
    { name: "When", cell: ({ created_at }) => <time dateTime={created_at}>{utc(created_at)}</time> },
    ...(scope === "tenant" ? [] : [{ name: "Tenant", wide: true, cell: ({ tenant_id }: Event) => <CopyId id={tenant_id} short /> }]),
    { name: "Who", wide: true, cell: ({ actor_id }) => (actor_id ? nameOf(actor_id) : <span class="quiet">the platform</span>) },
    {
      name: "What",
      wide: true,
      cell: ({ action, outcome }) => (
        <>
          <code>{action}</code> {outcome === "refused" && <Badge tone="bad">refused</Badge>}
        </>
      ),
    },
    { name: "To what", wide: true, cell: (event) => <Target of={event} /> },
    { name: "More", wide: true, cell: (event) => <More of={event} /> },
    { name: "Request", cell: ({ request_id }) => (request_id ? <a href={storyOf(request_id)}>{`…${request_id.slice(-6)}`}</a> : "") },
  ];
}

function Target({ of: { target_type, target_id } }: { of: Event }) {
  if (!target_id) return <span class="quiet">{target_type}</span>;
  if (target_type === "route") return <code>{target_id}</code>;
  return (
    <>
      {target_type} <CopyId id={target_id} short />
    </>
  );
}

function More({ of: { details } }: { of: Event }) {
  const said = Object.entries(details).filter(([, value]) => value !== null && JSON.stringify(value) !== "[]");
  return (
    <dl class="more-said">
      {said.map(([name, value]) => (
        <div key={name}>
          <dt>{name.replaceAll("_", " ")}</dt>
          <dd>{typeof value === "string" ? value : JSON.stringify(value)}</dd>
        </div>
      ))}
    </dl>
  );
}
