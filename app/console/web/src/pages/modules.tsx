/** Which parts of the grid are switched on, and how they are set up. */

import { useState } from "preact/hooks";
import { api, ask, type Shapes } from "../api/client";
import { useDeed, useQuery } from "../api/hooks";
import { permits, useMe } from "../api/me";
import { Badge } from "../parts/badge";
import { Confirm } from "../parts/dialog";
import { SettingsPage } from "../parts/settings/frame";
import { Asked, Trouble } from "../parts/states";
import { say } from "../parts/toast";
import { ModuleSettings } from "./modules/settings";

type Module = Shapes["ModuleRead"];

export default function Modules() {
  const everywhere = useMe().roles.includes("super_admin");
  return (
    <SettingsPage
      of="Modules"
      lead={everywhere ? "As they are for every tenant: what you change here is changed for all of them." : "As they are in this tenant."}
    >
      <Shown />
    </SettingsPage>
  );
}

function Shown() {
  const modules = useQuery<Module[]>((signal) => ask(api.GET("/v1/modules", { signal })), []);
  return (
    <Asked query={modules} what="the modules">
      {(found) => (
        <>
          {found.map((module) => (
            <One key={module.id} module={module} changed={modules.reload} />
          ))}
        </>
      )}
    </Asked>
  );
}

function One({ module, changed }: { module: Module; changed: () => void }) {
  const me = useMe();
  const manages = permits(me, "modules:manage");
  const [leaving, leave] = useState(false);
  const switching = useDeed(async () => {
    const params = { path: { module_id: module.id } };
    await ask(module.enabled ? api.POST("/v1/modules/{module_id}/disable", { params }) : api.POST("/v1/modules/{module_id}/enable", { params }));
    say(`${module.name} is switched ${module.enabled ? "off" : "on"}.`);
    leave(false);
    changed();
  });
  const everywhere = me.roles.includes("super_admin");
  return (
    <section class="card" aria-label={module.name}>
      <div class="row">
        <h2>{module.name}</h2>
        {module.enabled ? <Badge tone="good">on</Badge> : <Badge>off</Badge>}
        {manages && (
          <button type="button" disabled={switching.busy} onClick={() => (module.enabled ? leave(true) : void switching.run())}>
            Switch {module.enabled ? "off" : "on"}
          </button>
        )}
      </div>
      <p>{module.description}</p>
      {!leaving && <Trouble failure={switching.failure} />}
      {manages && <ModuleSettings id={module.id} everywhere={everywhere} />}
      {leaving && (
        <Confirm
          title={`Switch ${module.name} off?`}
          typed={module.id}
          deed="Switch it off"
          run={() => void switching.run()}
          busy={switching.busy}
          failure={switching.failure}
          close={() => leave(false)}
        >
          <p>
            Everybody {everywhere ? "in every tenant" : "in this tenant"} is refused it from the next request on. What it holds is kept, and
            is there again when it is switched on.
          </p>
        </Confirm>
      )}
    </section>
  );
}
