/** What can be called, where it lives, and whether it answers. */

import { useLocation } from "preact-iso";
import { api, ask, type Shapes } from "../api/client";
import { useQuery } from "../api/hooks";
import { permits, useMe } from "../api/me";
import { whole } from "../api/whole";
import { SettingsPage } from "../parts/settings/frame";
import { Tabs } from "../parts/tabs";
import { Catalogue } from "./models/catalogue";
import { Providers } from "./models/providers";
import "./models.css";

export default function Models() {
  return (
    <SettingsPage of="Models" lead="A model is what people call; it is served by backends, which live at providers.">
      <Shown />
    </SettingsPage>
  );
}

function Shown() {
  const { query, route } = useLocation();
  const routes = permits(useMe(), "routing:view");
  const backends = useQuery<Shapes["BackendRead"][]>(
    routes
      ? (signal) => whole((cursor) => ask(api.GET("/v1/backends", { params: { query: { cursor, limit: 100, order: "asc" } }, signal })))
      : null,
    [],
  );
  const models = useQuery<Shapes["ModelRead"][]>(
    (signal) =>
      whole(async (cursor) => {
        const answer = await ask(api.GET("/v1/models", { params: { query: { cursor, limit: 1000 } }, signal }));
        return { ...answer, data: answer.data.items };
      }),
    [],
  );
  if (!routes) return <Catalogue models={models} backends={undefined} />;
  const shown = query.tab === "providers" ? "providers" : "models";
  const reload = () => (models.reload(), backends.reload());
  return (
    <Tabs
      name="Models"
      tabs={[
        { id: "models", name: "Models" },
        { id: "providers", name: "Providers" },
      ]}
      shown={shown}
      show={(tab) => route(tab === "models" ? "/console/settings/models" : `/console/settings/models?tab=${tab}`, true)}
    >
      {shown === "models" ? (
        <Catalogue models={models} backends={backends.data} />
      ) : (
        <Providers backends={backends} models={models.data ?? []} changed={reload} />
      )}
    </Tabs>
  );
}
