/** The settings of a module, each with its value and from where it comes. */

import { useState } from "preact/hooks";
import { api, ask, type Shapes } from "../../api/client";
import { useDeed, useQuery } from "../../api/hooks";
import { Dialog } from "../../parts/dialog";
import { Field } from "../../parts/field";
import { Asked, Trouble } from "../../parts/states";
import { type Column, Table } from "../../parts/table";
import { say } from "../../parts/toast";

type Setting = Shapes["SettingRead"];

interface ModuleSettingsProps {
  id: string;
  /** Whether the caller sets them for every tenant. */
  everywhere: boolean;
}

export function ModuleSettings({ id, everywhere }: ModuleSettingsProps) {
  const params = { path: { module_id: id } };
  const settings = useQuery<Setting[]>((signal) => ask(api.GET("/v1/modules/{module_id}/settings", { params, signal })), [id]);
  const [editing, edit] = useState<Setting>();
  const mine = (setting: Setting) => everywhere || setting.tenant_settable;
  const columns: Column<Setting>[] = [
    {
      name: "Setting",
      wide: true,
      cell: ({ key, description }) => (
        <span>
          <code>{key}</code>
          <br />
          <span class="quiet">{description}</span>
        </span>
      ),
    },
    { name: "Value", wide: true, cell: ({ effective }) => (effective === null ? <span class="quiet">not set</span> : <code>{effective}</code>) },
    { name: "Comes from", cell: ({ here, everywhere: all }) => (here !== null ? "this tenant" : all !== null ? "the operators" : "") },
    {
      name: "Change",
      cell: (setting) =>
        mine(setting) ? (
          <button type="button" aria-label={`Set ${setting.key}`} onClick={() => edit(setting)}>
            Set
          </button>
        ) : (
          <span class="quiet">by super-admins</span>
        ),
    },
  ];
  return (
    <Asked query={settings} what="its settings">
      {(found) => (
        <>
          {found.length === 0 ? (
            <p class="quiet">It has no settings.</p>
          ) : (
            <Table caption={`Settings of ${id}`} columns={columns} items={found} keyOf={({ key }) => key} />
          )}
          {editing && <SetOne module={id} setting={editing} close={() => edit(undefined)} saved={() => (edit(undefined), settings.reload())} />}
        </>
      )}
    </Asked>
  );
}

interface SetProps {
  module: string;
  setting: Setting;
  saved: () => void;
  close: () => void;
}

function SetOne({ module, setting, saved, close }: SetProps) {
  const secret = setting.kind === "secret";
  const [value, setValue] = useState(secret ? "" : (setting.effective ?? ""));
  const putting = useDeed(async (next: string | null) => {
    await ask(api.PUT("/v1/modules/{module_id}/config", { params: { path: { module_id: module } }, body: { [setting.key]: next } }));
    say(next === null ? `${setting.key} is as it was at first.` : `${setting.key} is set.`);
    saved();
  });
  return (
    <Dialog title={`Set ${setting.key}`} close={close}>
      <form onSubmit={(event) => (event.preventDefault(), void putting.run(value.trim()))}>
        <Field name="Value" field={setting.key} failure={putting.failure} hint={secret ? "Kept encrypted and never shown again." : setting.description}>
          {(control) => {
            const typed = { ...control, required: true, maxLength: 2000, value, onInput: (event: InputEvent) => setValue((event.target as HTMLInputElement).value) };
            return secret ? <input {...typed} type="password" autocomplete="new-password" /> : <input {...typed} type="text" autocomplete="off" />;
          }}
        </Field>
        <Trouble failure={putting.failure?.of(setting.key) ? undefined : putting.failure} />
        <footer>
          {setting.effective !== null && (
            <button type="button" disabled={putting.busy} onClick={() => void putting.run(null)}>
              Take it back
            </button>
          )}
          <button type="submit" class="main" disabled={putting.busy || !value.trim()}>
            {putting.busy ? "Setting…" : "Set"}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}
