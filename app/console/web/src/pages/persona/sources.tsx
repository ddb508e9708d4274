/** The places a persona reads, each with its weight; a change here is saved at once. */

import { useState } from "preact/hooks";
import { api, ask, type Shapes } from "../../api/client";
import { useDeed, usePages } from "../../api/hooks";
import { Combobox, type Choice } from "../../parts/combobox";
import { findCollections } from "../../parts/finding";
import { Empty, Trouble } from "../../parts/states";
import { PagedTable } from "../../parts/table";
import { later } from "../../parts/toast";

type Source = Shapes["PersonaSourceRead"];

const SOURCE = "/v1/modules/scaipersona/personas/{persona_id}/sources/{persona_source_id}";

export function Sources({ id, readOnly }: { id: string; readOnly: boolean }) {
  const [gone, setGone] = useState<string[]>([]);
  const pages = usePages<Source>(
    (cursor, signal) =>
      ask(api.GET("/v1/modules/scaipersona/personas/{persona_id}/sources", { params: { path: { persona_id: id }, query: { cursor } }, signal })),
    [id],
  );
  const path = (source: Source) => ({ path: { persona_id: id, persona_source_id: source.id } });
  const changing = useDeed(async (source: Source, body: Shapes["PersonaSourcePut"]) => {
    const { data } = await ask(api.PUT(SOURCE, { params: path(source), body }));
    pages.change((all) => all.map((one) => (one.id === data.id ? data : one)));
  });
  const dropping = useDeed(async (source: Source) => {
    await ask(api.DELETE(SOURCE, { params: path(source) }));
    pages.reload();
  });
  const drop = (source: Source) => {
    setGone((all) => [...all, source.id]);
    const back = () => setGone((all) => all.filter((one) => one !== source.id));
    later(`${source.source_name} is detached.`, () => void dropping.run(source).then((well) => well || back()), back);
  };
  const shown = { ...pages, items: pages.items?.filter((one) => !gone.includes(one.id)) };
  return (
    <section class="card">
      <h2>Sources</h2>
      <PagedTable
        caption="Sources of the persona"
        pages={shown}
        keyOf={(one) => one.id}
        columns={[
          { name: "Source", wide: true, cell: (one) => <NameOf source={one} /> },
          {
            name: "Weight",
            cell: (one) => (
              <input
                class="weight"
                type="number"
                min={0}
                max={10}
                step={0.1}
                aria-label={`Weight of ${one.source_name}`}
                disabled={readOnly}
                value={one.weight}
                onChange={(event) => void changing.run(one, { weight: event.currentTarget.valueAsNumber })}
              />
            ),
          },
          {
            name: "Read",
            cell: (one) => (
              <input
                type="checkbox"
                aria-label={`Read ${one.source_name}`}
                disabled={readOnly}
                checked={one.status === "active"}
                onChange={(event) => void changing.run(one, { status: event.currentTarget.checked ? "active" : "disabled" })}
              />
            ),
          },
          ...(readOnly
            ? []
            : [
                {
                  name: "Detach",
                  cell: (one: Source) => (
                    <button type="button" class="plain" aria-label={`Detach ${one.source_name}`} onClick={() => drop(one)}>
                      ✕
                    </button>
                  ),
                },
              ]),
        ]}
        empty={<Empty title="It reads nothing yet.">{!readOnly && <p>Attach a collection: what of it goes into an answer, the rights of whoever asks decide.</p>}</Empty>}
      />
      <Trouble failure={changing.failure ?? dropping.failure} />
      {!readOnly && <Attach id={id} attached={pages.reload} />}
    </section>
  );
}

function NameOf({ source }: { source: Source }) {
  if (source.source_type === "collection") return <a href={`/console/collections/${source.source_id}`}>{source.source_name}</a>;
  return (
    <>
      {source.source_name} <span class="quiet">ScaiDrive</span>
    </>
  );
}

function Attach({ id, attached }: { id: string; attached: () => void }) {
  const [chosen, choose] = useState<Choice | null>(null);
  const attaching = useDeed(async () => {
    if (!chosen) return;
    const body = { source_type: "collection" as const, source_id: chosen.id, source_name: chosen.name };
    await ask(api.POST("/v1/modules/scaipersona/personas/{persona_id}/sources", { params: { path: { persona_id: id } }, body }));
    choose(null);
    attached();
  });
  return (
    <form class="with attach" onSubmit={(event) => (event.preventDefault(), void attaching.run())}>
      <Combobox name="Attach a collection" find={findCollections} chosen={chosen} choose={choose} />
      <button type="submit" disabled={!chosen || attaching.busy}>
        Attach
      </button>
      <Trouble failure={attaching.failure} />
    </form>
  );
}
