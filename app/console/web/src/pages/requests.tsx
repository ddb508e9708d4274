/** Every model call there was, newest first, and the way from each to the request that made it. */

import { useLocation } from "preact-iso";
import { useState } from "preact/hooks";
import { api, ask } from "../api/client";
import { usePages } from "../api/hooks";
import { permits, useMe } from "../api/me";
import { Combobox } from "../parts/combobox";
import { Choice, Day, useFilters, Word } from "../parts/filters";
import { findUsers } from "../parts/finding";
import { Page } from "../parts/page";
import { useNames } from "../parts/people";
import { storyOf } from "../parts/request-id";
import { Lacking } from "../parts/settings/lacking";
import { Empty } from "../parts/states";
import { type Column, PagedTable } from "../parts/table";
import { Time } from "../parts/time";
import { KINDS, queryOf, type Wanted, wantedOf } from "./requests/asked";
import { type Call, DEEDS, Outcome, Tokens, took } from "./requests/call";
import { MOST, useNewer } from "./requests/newer";
import { SCOPES, scopesFor, today } from "./usage/asked";
import "./requests.css";

const HERE = "/console/requests";
const NEEDS = ["accounting:view_own", "accounting:view_tenant"];

export default function Requests() {
  if (permits(useMe(), ...NEEDS)) return <Shown />;
  return (
    <Page title="Requests">
      <Lacking needs={NEEDS} />
    </Page>
  );
}

function Shown() {
  const [said, go] = useFilters(HERE);
  const wanted = wantedOf(said, useMe());
  const query = queryOf(wanted);
  const pages = usePages<Call>(
    async (cursor, signal) => {
      const answer = await ask(api.GET("/v1/accounting/usage", { params: { query: { ...query, cursor, limit: 50 } }, signal }));
      return { ...answer, data: answer.data.items };
    },
    [query],
  );
  const newer = useNewer(pages.items, query);
  const narrowed = Object.keys(query).length > 1;
  return (
    <Page
      title="Requests"
      lead="Every model call, newest first. Each leads to the request it was made for, and what else that one did."
      actions={<GoTo />}
    >
      <Asking wanted={wanted} go={go} />
      <p class="newer" role="status">
        {newer > 0 && (
          <button type="button" onClick={pages.reload}>
            {newer >= MOST ? `${MOST} and more` : newer} new
          </button>
        )}
      </p>
      <PagedTable
        caption="Model calls"
        columns={useColumns(wanted)}
        keyOf={({ id }) => id}
        pages={pages}
        empty={
          <Empty title={narrowed ? "No call fits this." : "No model has been called yet."}>
            {narrowed ? (
              <p>
                <a href={HERE}>Show all</a>
              </p>
            ) : (
              <p>
                Ask something in <a href="/console/chat">Chat</a>; it is here within seconds.
              </p>
            )}
          </Empty>
        }
      />
      <p class="hint">
        A request that called no model is not among them; what it changed is in the audit log. What was asked and answered is kept in
        neither.
      </p>
    </Page>
  );
}

function useColumns({ scope }: Wanted): Column<Call>[] {
  const nameOf = useNames(scope !== "own");
  return [
    {
      name: "Begun",
      cell: ({ created_at, request_id }) => (
        <a href={storyOf(request_id)}>
          <Time at={created_at} />
        </a>
      ),
    },
    ...(scope === "own" ? [] : [{ name: "Who", wide: true, cell: ({ user_id }: Call) => nameOf(user_id) }]),
    {
      name: "What",
      wide: true,
      cell: ({ operation, model }) => (
        <span>
          {DEEDS[operation]} <span class="quiet">with</span> {model}
        </span>
      ),
    },
    { name: "Came to", cell: (call) => <Outcome of={call} /> },
    { name: "Took", number: true, cell: ({ latency_ms }) => took(latency_ms) },
    { name: "Tokens in + out", number: true, cell: (call) => <Tokens of={call} /> },
    { name: "Cost", number: true, cell: ({ cost }) => cost },
    { name: "Request", cell: ({ request_id }) => <code class="quiet">{`…${request_id.slice(-6)}`}</code> },
  ];
}

interface AskingProps {
  wanted: Wanted;
  go: (next: Record<string, string>) => void;
}

function Asking({ wanted, go }: AskingProps) {
  const me = useMe();
  const nameOf = useNames(wanted.person !== "");
  const names = permits(me, "users:manage") && wanted.scope === "tenant";
  return (
    <div class="fields">
      <Day name="From" value={wanted.first} most={wanted.last || today()} choose={(from) => go({ from })} />
      <Day name="To and with" value={wanted.last} most={today()} choose={(to) => go({ to })} />
      <Choice name="Of" value={wanted.scope} offered={scopesFor(me)} names={SCOPES} choose={(scope) => go({ scope, person: "" })} />
      {names && (
        <Combobox
          name="Person"
          find={findUsers}
          chosen={wanted.person ? { id: wanted.person, name: nameOf(wanted.person) } : null}
          choose={(chosen) => go({ person: chosen?.id ?? "" })}
          placeholder="Anybody"
        />
      )}
      <Word name="Model" value={wanted.model} placeholder="Any, or tenant/*" choose={(model) => go({ model })} />
      <Choice name="Calls for" value={wanted.operation} offered={["", "chat", "embedding"]} names={KINDS} choose={(operation) => go({ operation })} />
    </div>
  );
}

/** An id out of a log, an answer's header or a failure message. */
function GoTo() {
  const { route } = useLocation();
  const [id, setId] = useState("");
  return (
    <form
      class="row"
      onSubmit={(event) => {
        event.preventDefault();
        if (id.trim()) route(storyOf(id.trim()));
      }}
    >
      <input
        aria-label="Request id"
        placeholder="req_…"
        autocomplete="off"
        spellcheck={false}
        maxLength={190}
        value={id}
        onInput={(event) => setId(event.currentTarget.value)}
      />
      <button type="submit">What happened?</button>
    </form>
  );
}
