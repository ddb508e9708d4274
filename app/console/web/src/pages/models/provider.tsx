/** One provider: how it is reached, whether it answers, and the backends at it. */

import { useEffect, useState } from "preact/hooks";
import { api, ask, ifMatch, type Shapes } from "../../api/client";
import { useDeed } from "../../api/hooks";
import { permits, useMe } from "../../api/me";
import { Badge } from "../../parts/badge";
import { Confirm } from "../../parts/dialog";
import { plural } from "../../parts/numbers";
import { type Column, Table } from "../../parts/table";
import { say } from "../../parts/toast";
import { AddModel } from "./add-model";
import { BackendDeeds } from "./backend";
import type { Model } from "./catalogue";
import { HealthOf } from "./health";
import type { Provider } from "./providers";

type Backend = Shapes["BackendRead"];

interface OneProviderProps {
  provider: Provider;
  backends: Backend[];
  models: Model[];
  /** How often it has been made or changed here: it is tested at once each time. */
  fresh: number;
  edit: () => void;
  changed: () => void;
}

export function OneProvider({ provider, backends, models, fresh, edit, changed }: OneProviderProps) {
  const manages = permits(useMe(), "routing:manage");
  const [adding, add] = useState(false);
  const [leaving, leave] = useState(false);
  const [offered, setOffered] = useState<string[]>();
  const testing = useDeed(async () => {
    setOffered(undefined);
    const params = { path: { provider_id: provider.id } };
    setOffered((await ask(api.POST("/v1/providers/{provider_id}/discover", { params }))).data.models);
  });
  useEffect(() => {
    if (fresh > 0) void testing.run();
  }, [fresh]);
  const builtIn = provider.type === "local";
  const reached = `It can be reached${provider.has_api_key ? ", and takes the key" : ""}.`;
  const answers = builtIn ? "It is built in, and ready." : reached;
  const servedBy = (backend: Backend) => models.filter((model) => model.backends?.some(({ backend_id }) => backend_id === backend.id));
  const columns: Column<Backend>[] = [
    { name: "Backend", wide: true, cell: (backend) => <Named backend={backend} /> },
    { name: "For", cell: ({ modality, dimensions }) => `${modality}${dimensions ? `, ${dimensions} dimensions` : ""}` },
    { name: "Serves", wide: true, cell: (backend) => servedBy(backend).map(({ slug }) => slug).join(", ") || <span class="quiet">no model</span> },
    { name: "Waits", number: true, cell: ({ timeout_s }) => `${timeout_s} s` },
    { name: "State", wide: true, cell: (backend) => <HealthOf backend={backend} answers={answers} /> },
    ...(manages && !builtIn ? [{ name: "Change", cell: (backend: Backend) => <BackendDeeds backend={backend} changed={changed} /> }] : []),
  ];
  return (
    <section class="card provider" id={provider.id} aria-label={provider.name}>
      <header class="row">
        <h2>{provider.name}</h2>
        <Badge>{builtIn ? "built in" : provider.type}</Badge>
        <span class="quiet">{reachedBy(provider)}</span>
        {manages && !builtIn && (
          <span class="row deeds">
            <button type="button" aria-label={`Test ${provider.name}`} disabled={testing.busy} onClick={() => void testing.run()}>
              {testing.busy ? "Testing…" : "Test"}
            </button>
            <button type="button" aria-label={`Add a model of ${provider.name}`} onClick={() => add(true)}>
              Add a model
            </button>
            <button type="button" aria-label={`Edit ${provider.name}`} onClick={edit}>
              Edit
            </button>
            <button type="button" aria-label={`Remove ${provider.name}`} onClick={() => leave(true)}>
              Remove
            </button>
          </span>
        )}
      </header>
      <div role="status">
        {offered && <Offered said={reached} names={offered} />}
        {testing.failure && (
          <p class="trouble">
            {testing.failure.message} {nextStep(testing.failure.code)} <code>{testing.failure.code}</code>
          </p>
        )}
      </div>
      {backends.length === 0 ? (
        <p class="quiet">No backend runs on it yet.</p>
      ) : (
        <Table caption={`Backends of ${provider.name}`} columns={columns} items={backends} keyOf={({ id }) => id} />
      )}
      {adding && <AddModel provider={provider} offered={offered} close={() => add(false)} added={() => (add(false), changed())} />}
      {leaving && (
        <RemoveProvider provider={provider} runs={backends.length} close={() => leave(false)} gone={() => (leave(false), changed())} />
      )}
    </section>
  );
}

function Named({ backend: { id, upstream_model, status, has_own_connection } }: { backend: Backend }) {
  return (
    <span id={id}>
      <strong>{upstream_model}</strong> {status === "disabled" && <Badge>switched off</Badge>}{" "}
      {has_own_connection && <span class="quiet">at an address or with a key of its own</span>}
    </span>
  );
}

function reachedBy({ type, base_url, has_api_key }: Provider): string {
  if (type === "local") return "";
  return [base_url, has_api_key ? "with a key" : "without a key"].filter(Boolean).join(", ");
}

function nextStep(code: string): string {
  if (code === "BACKEND_TIMEOUT") return "See whether it is busy.";
  if (code === "BACKEND_RATE_LIMITED") return "Wait, or ask its vendor for a higher limit.";
  return "Look at its address and its key.";
}

function Offered({ said, names }: { said: string; names: string[] }) {
  return (
    <details class="offered" open={names.length <= 12}>
      <summary>
        <Badge tone="good">answers</Badge> {said} It offers {plural(names.length, "model")}.
      </summary>
      <p>{names.join(" · ")}</p>
    </details>
  );
}

interface RemoveProps {
  provider: Provider;
  /** How many backends are on it. */
  runs: number;
  gone: () => void;
  close: () => void;
}

function RemoveProvider({ provider, runs, gone, close }: RemoveProps) {
  const params = { path: { provider_id: provider.id } };
  const removing = useDeed(async () => {
    const { etag } = await ask(api.GET("/v1/providers/{provider_id}", { params }));
    await ask(api.DELETE("/v1/providers/{provider_id}", { params, headers: ifMatch(etag) }));
    say(`${provider.name} is gone.`);
    gone();
  });
  return (
    <Confirm
      title={`Remove ${provider.name}`}
      typed={provider.name}
      deed="Remove the provider"
      run={() => void removing.run()}
      busy={removing.busy}
      failure={removing.failure}
      close={close}
    >
      <p>
        Its address and its key are forgotten. {runs > 0 ? `${plural(runs, "backend")} still on it must be removed first.` : "Nothing runs on it."}
      </p>
    </Confirm>
  );
}
