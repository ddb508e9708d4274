/** The models there are, by name. */

import { useState } from "preact/hooks";
import { api, ask, ifMatch, type Shapes } from "../../api/client";
import { type Query, useDeed } from "../../api/hooks";
import { permits, useMe } from "../../api/me";
import { Badge } from "../../parts/badge";
import { CopyId } from "../../parts/copy";
import { Confirm } from "../../parts/dialog";
import { plural } from "../../parts/numbers";
import { Asked, Empty } from "../../parts/states";
import { type Column, Table } from "../../parts/table";
import { say } from "../../parts/toast";
import { EditModel } from "./edit-model";
import { Routes } from "./routes";

export type Model = Shapes["ModelRead"];
type Backend = Shapes["BackendRead"];

interface CatalogueProps {
  models: Query<Model[]>;
  /** Undefined: not the caller's to see. */
  backends: Backend[] | undefined;
}

export function Catalogue({ models, backends }: CatalogueProps) {
  const me = useMe();
  const manages = permits(me, "models:manage");
  const [editing, edit] = useState<Model>();
  const [leaving, leave] = useState<Model>();
  const columns: Column<Model>[] = [
    { name: "Model", wide: true, cell: (model) => <Named model={model} /> },
    { name: "For", cell: ({ modality }) => modality },
    { name: "Price, in · out", wide: true, cell: (model) => <Prices of={model} /> },
    ...(backends ? [{ name: "Served by", wide: true, cell: (model: Model) => <Routes links={model.backends ?? []} backends={backends} /> }] : []),
    ...(me.roles.includes("super_admin")
      ? [{ name: "Seen by", cell: ({ visibility, tenant_ids }: Model) => (visibility === "all" ? "everybody" : plural(tenant_ids.length, "tenant")) }]
      : []),
    ...(manages ? [{ name: "Change", cell: (model: Model) => <Deeds model={model} edit={edit} leave={leave} /> }] : []),
  ];
  return (
    <Asked query={models} what="the models">
      {(found) => (
        <>
          {found.length === 0 ? (
            <Empty title="There is no model for you yet.">
              <p>{manages ? "Add a provider, and one of its models." : "Super-admins connect models."}</p>
            </Empty>
          ) : (
            <Table caption="Models" columns={columns} items={found} keyOf={({ id }) => id} />
          )}
          <p class="hint">
            Prices are for a million tokens. {manages ? "A new model is added at its provider." : "Models are connected by super-admins."}
          </p>
          {editing && <EditModel model={editing} backends={backends ?? []} close={() => edit(undefined)} saved={() => (edit(undefined), models.reload())} />}
          {leaving && <RemoveModel model={leaving} close={() => leave(undefined)} gone={() => (leave(undefined), models.reload())} />}
        </>
      )}
    </Asked>
  );
}

const personaOf = ({ metadata }: Model) => (typeof metadata["persona_id"] === "string" ? metadata["persona_id"] : undefined);

function Named({ model }: { model: Model }) {
  return (
    <span>
      <strong>{model.display_name}</strong> {model.status === "deprecated" && <Badge tone="warn">deprecated</Badge>}{" "}
      {personaOf(model) && <Badge>assistant</Badge>}
      <br />
      <CopyId id={model.slug} />
    </span>
  );
}

function Prices({ of: { input_price_per_mtok, output_price_per_mtok, modality } }: { of: Model }) {
  if (Number(input_price_per_mtok) + Number(output_price_per_mtok) === 0) return <span class="quiet">none</span>;
  return (
    <span>
      {input_price_per_mtok}
      {modality === "chat" && ` · ${output_price_per_mtok}`}
    </span>
  );
}

interface DeedsProps {
  model: Model;
  edit: (model: Model) => void;
  leave: (model: Model) => void;
}

function Deeds({ model, edit, leave }: DeedsProps) {
  const persona = personaOf(model);
  if (persona) return <a href={`/console/personas/${persona}`}>Its persona</a>;
  return (
    <span class="row">
      <button type="button" aria-label={`Edit ${model.slug}`} onClick={() => edit(model)}>
        Edit
      </button>
      <button type="button" aria-label={`Remove ${model.slug}`} onClick={() => leave(model)}>
        Remove
      </button>
    </span>
  );
}

interface RemoveProps {
  model: Model;
  gone: () => void;
  close: () => void;
}

function RemoveModel({ model, gone, close }: RemoveProps) {
  const params = { path: { ref: model.id } };
  const removing = useDeed(async () => {
    const { etag } = await ask(api.GET("/v1/models/{ref}", { params }));
    await ask(api.DELETE("/v1/models/{ref}", { params, headers: ifMatch(etag) }));
    say(`${model.slug} is gone.`);
    gone();
  });
  return (
    <Confirm
      title={`Remove ${model.display_name}`}
      typed={model.slug}
      deed="Remove the model"
      run={() => void removing.run()}
      busy={removing.busy}
      failure={removing.failure}
      close={close}
    >
      <p>
        Whoever calls <code>{model.slug}</code> is told from then on that there is no such model, assistants on it too. What it was used for
        stays in Usage; its {plural(model.backends?.length ?? 0, "backend")} and their provider stay.
      </p>
    </Confirm>
  );
}
