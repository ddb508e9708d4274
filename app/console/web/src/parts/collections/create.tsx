import { useLocation } from "preact-iso";
import { useState } from "preact/hooks";
import { api, ask } from "../../api/client";
import { useDeed, useQuery } from "../../api/hooks";
import { Dialog } from "../dialog";
import { Field } from "../field";
import { Trouble } from "../states";
import { STRATEGIES, type Strategy } from "./words";

export function CreateCollection({ close }: { close: () => void }) {
  const { route } = useLocation();
  const [name, setName] = useState("");
  const [description, setDescription] = useState("");
  const [everyone, setEveryone] = useState(false);
  const [strategy, setStrategy] = useState<Strategy>("paragraph");
  const [size, setSize] = useState("");
  const [overlap, setOverlap] = useState("");
  const [chosen, setModel] = useState("");
  const models = useQuery(
    (signal) => ask(api.GET("/v1/models", { params: { query: { modality: "embedding", limit: 1000 } }, signal })),
    [],
  );
  const slugs = models.data?.items.map((model) => model.slug) ?? [];
  const model = chosen || (slugs[0] ?? "");
  const creating = useDeed(async () => {
    const body = {
      name: name.trim(),
      description,
      embedding_model: model,
      chunking_strategy: strategy,
      default_access: everyone ? ("tenant" as const) : ("restricted" as const),
      ...(size ? { chunk_size: Number(size) } : {}),
      ...(overlap ? { chunk_overlap: Number(overlap) } : {}),
    };
    const made = await ask(api.POST("/v1/modules/scaimatrix/collections", { body }));
    route(`/console/collections/${made.data.id}`);
  });
  const { failure } = creating;
  const atFields = ["name", "description", "embedding_model", "chunk_size", "chunk_overlap"];
  const elsewhere = failure?.details.some((issue) => atFields.some((field) => issue.field.endsWith(field))) ? undefined : failure;
  return (
    <Dialog title="New collection" close={close} wide>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void creating.run();
        }}
      >
        <Field name="Name" field="name" failure={failure}>
          {(control) => (
            <input {...control} required maxLength={255} value={name} onInput={(event) => setName(event.currentTarget.value)} />
          )}
        </Field>
        <Field name="What it is for" field="description" failure={failure}>
          {(control) => <input {...control} value={description} onInput={(event) => setDescription(event.currentTarget.value)} />}
        </Field>
        <fieldset>
          <legend>Who reads</legend>
          <label class="choice">
            <input type="radio" name="readers" checked={!everyone} onChange={() => setEveryone(false)} /> Only those it is shared
            with
          </label>
          <label class="choice">
            <input type="radio" name="readers" checked={everyone} onChange={() => setEveryone(true)} /> Everyone of this tenant
          </label>
        </fieldset>
        <fieldset>
          <legend>How texts are cut</legend>
          <div class="strategies">
            {(Object.keys(STRATEGIES) as Strategy[]).map((id) => (
              <label key={id} class="strategy">
                <span>
                  <input type="radio" name="strategy" checked={strategy === id} onChange={() => setStrategy(id)} />{" "}
                  <strong>{STRATEGIES[id].name}</strong>
                </span>
                <span class="quiet">{STRATEGIES[id].says}</span>
                <span class="cuts" aria-hidden="true">
                  {STRATEGIES[id].cuts.map((cut) => (
                    <span key={cut}>{cut}</span>
                  ))}
                </span>
              </label>
            ))}
          </div>
        </fieldset>
        <div class="fields">
          <Field name="Chunk size, in tokens" field="chunk_size" failure={failure} hint="Empty: what suits most.">
            {(control) => (
              <input {...control} type="number" min={1} value={size} onInput={(event) => setSize(event.currentTarget.value)} />
            )}
          </Field>
          <Field name="Overlap, in tokens" field="chunk_overlap" failure={failure}>
            {(control) => (
              <input {...control} type="number" min={0} value={overlap} onInput={(event) => setOverlap(event.currentTarget.value)} />
            )}
          </Field>
          <Field
            name="Embedding model"
            field="embedding_model"
            failure={failure}
            hint="Changing it later means that everything is embedded anew."
          >
            {(control) => (
              <select {...control} value={model} onChange={(event) => setModel(event.currentTarget.value)}>
                {slugs.map((slug) => (
                  <option key={slug}>{slug}</option>
                ))}
              </select>
            )}
          </Field>
        </div>
        <Trouble failure={models.failure ?? elsewhere} />
        <footer>
          <button type="button" onClick={close}>
            Not now
          </button>
          <button type="submit" class="main" disabled={creating.busy || !name.trim() || !model}>
            {creating.busy ? "Making it…" : "Make it"}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}
