/** Every assistant of the tenant, and a way to a new one. */

import { useLocation } from "preact-iso";
import { useState } from "preact/hooks";
import { api, ask, type Shapes } from "../api/client";
import { useDeed, usePages } from "../api/hooks";
import { permits, useMe } from "../api/me";
import { Badge } from "../parts/badge";
import { Combobox, type Choice } from "../parts/combobox";
import { CopyId } from "../parts/copy";
import { Dialog } from "../parts/dialog";
import { Field } from "../parts/field";
import { Page } from "../parts/page";
import { Empty, Trouble } from "../parts/states";
import { PagedTable, type Column } from "../parts/table";
import { Time } from "../parts/time";
import { findModels } from "./chat/models";

type Persona = Shapes["PersonaRead"];

const COLUMNS: Column<Persona>[] = [
  { name: "Name", wide: true, cell: (one) => <a href={`/console/personas/${one.id}`}>{one.name}</a> },
  { name: "State", cell: (one) => <State persona={one} /> },
  { name: "Called as", wide: true, cell: (one) => (one.published_slug ? <CopyId id={one.published_slug} /> : <span class="quiet">—</span>) },
  { name: "Model behind it", wide: true, cell: (one) => one.model_slug },
  { name: "Changed", cell: (one) => <Time at={one.updated_at} /> },
];

export function State({ persona }: { persona: Persona }) {
  if (persona.published) return <Badge tone="good">published</Badge>;
  return <Badge>{persona.status}</Badge>;
}

export default function Personas() {
  const manages = permits(useMe(), "scaipersona:manage");
  const [making, make] = useState(false);
  const pages = usePages<Persona>(
    (cursor, signal) => ask(api.GET("/v1/modules/scaipersona/personas", { params: { query: { cursor, limit: 50, order: "desc" } }, signal })),
    [],
  );
  const button = manages && (
    <button type="button" class="main" onClick={() => make(true)}>
      New persona
    </button>
  );
  return (
    <Page title="Personas" lead="Assistants: a model, a prompt and the places it reads." actions={pages.items?.length ? button : null}>
      <PagedTable
        caption="Personas"
        columns={COLUMNS}
        keyOf={(one) => one.id}
        pages={pages}
        empty={
          <Empty title="No personas yet.">
            <p>{manages ? "Make one, give it a collection to read, and publish it as a model." : "Somebody who manages personas can make one."}</p>
            {button && <p>{button}</p>}
          </Empty>
        }
      />
      {making && <NewPersona close={() => make(false)} />}
    </Page>
  );
}

function NewPersona({ close }: { close: () => void }) {
  const { route } = useLocation();
  const [name, setName] = useState("");
  const [model, setModel] = useState<Choice | null>(null);
  const making = useDeed(async () => {
    const body = { name: name.trim(), model_slug: model?.id ?? "", rag_enabled: true };
    const { data } = await ask(api.POST("/v1/modules/scaipersona/personas", { body }));
    route(`/console/personas/${data.id}`);
  });
  return (
    <Dialog title="New persona" close={close}>
      <form onSubmit={(event) => (event.preventDefault(), void making.run())}>
        <Field name="Name" field="name" failure={making.failure}>
          {(control) => <input {...control} value={name} onInput={(event) => setName(event.currentTarget.value)} />}
        </Field>
        <Combobox name="Model behind it" find={findModels} chosen={model} choose={setModel} placeholder="local/quote" />
        <Trouble failure={making.failure} />
        <footer>
          <button type="button" onClick={close}>
            Cancel
          </button>
          <button type="submit" class="main" disabled={making.busy || !name.trim() || !model}>
            {making.busy ? "Making…" : "Make"}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}
