/** Where models live: each provider with the backends there. */

import { useEffect, useState } from "preact/hooks";
import { api, ask, type Shapes } from "../../api/client";
import { type Query, useQuery } from "../../api/hooks";
import { permits, useMe } from "../../api/me";
import { whole } from "../../api/whole";
import { Asked, Empty } from "../../parts/states";
import type { Model } from "./catalogue";
import { EditProvider, NewProvider } from "./edit-provider";
import { OneProvider } from "./provider";

export type Provider = Shapes["ProviderRead"];

interface ProvidersProps {
  backends: Query<Shapes["BackendRead"][]>;
  models: Model[];
  /** Something of models or backends is another now. */
  changed: () => void;
}

export function Providers({ backends, models, changed }: ProvidersProps) {
  const manages = permits(useMe(), "routing:manage");
  const [adding, add] = useState(false);
  const [editing, edit] = useState<Provider>();
  const [fresh, setFresh] = useState({ id: "", turn: 0 });
  const test = (id: string) => setFresh(({ turn }) => ({ id, turn: turn + 1 }));
  const providers = useQuery<Provider[]>(
    (signal) => whole((cursor) => ask(api.GET("/v1/providers", { params: { query: { cursor, limit: 100, order: "asc" } }, signal }))),
    [],
  );
  useSought(providers.data !== undefined && backends.data !== undefined);
  const button = manages && (
    <button type="button" class="main" onClick={() => add(true)}>
      Add a provider
    </button>
  );
  return (
    <>
      {button && <p>{button}</p>}
      <Asked query={providers} what="the providers">
        {(found) =>
          found.length === 0 ? (
            <Empty title="There is no provider yet.">
              <p>{manages ? "Add the server your models run on." : "Super-admins add the servers that models run on."}</p>
            </Empty>
          ) : (
            <Asked query={backends} what="the backends">
              {(all) =>
                found.map((provider) => (
                  <OneProvider
                    key={provider.id}
                    provider={provider}
                    backends={all.filter(({ provider_id }) => provider_id === provider.id)}
                    models={models}
                    fresh={provider.id === fresh.id ? fresh.turn : 0}
                    edit={() => edit(provider)}
                    changed={() => (providers.reload(), changed())}
                  />
                ))
              }
            </Asked>
          )
        }
      </Asked>
      {adding && (
        <NewProvider
          close={() => add(false)}
          made={(provider) => {
            add(false);
            test(provider.id);
            providers.reload();
          }}
        />
      )}
      {editing && (
        <EditProvider
          provider={editing}
          close={() => edit(undefined)}
          saved={() => {
            edit(undefined);
            test(editing.id);
            providers.reload();
          }}
        />
      )}
    </>
  );
}

/** Bring what the address names behind its # into sight, once it is there. */
function useSought(there: boolean): void {
  useEffect(() => {
    const sought = location.hash && document.getElementById(location.hash.slice(1));
    if (there && sought) sought.scrollIntoView({ block: "center" });
  }, [there]);
}
