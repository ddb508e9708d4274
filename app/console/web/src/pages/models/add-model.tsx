/** A model of a provider, for people to call: a backend there, and a name here. */

import { useId, useRef, useState } from "preact/hooks";
import { api, ask, type Shapes } from "../../api/client";
import { useDeed } from "../../api/hooks";
import { Dialog } from "../../parts/dialog";
import { Field } from "../../parts/field";
import { Trouble } from "../../parts/states";
import { say } from "../../parts/toast";
import type { Provider } from "./providers";

type Modality = Shapes["ModelRead"]["modality"];

interface AddModelProps {
  provider: Provider;
  /** What it said it offers. */
  offered: string[] | undefined;
  added: () => void;
  close: () => void;
}

export function AddModel({ provider, offered, added, close }: AddModelProps) {
  const names = useId();
  const [upstream, setUpstream] = useState("");
  const [modality, setModality] = useState<Modality>("chat");
  const [dimensions, setDimensions] = useState("");
  const [slug, setSlug] = useState("");
  const [prices, setPrices] = useState({ input: "0", output: "0" });
  const made = useRef<{ id: string; by: string }>(undefined);
  const adding = useDeed(async () => {
    const at: Shapes["BackendCreate"] = {
      provider_id: provider.id, upstream_model: upstream.trim(), modality, status: "active", timeout_s: 120,
      dimensions: modality === "embedding" && dimensions ? Number(dimensions) : null,
    };
    const by = JSON.stringify(at);
    if (made.current?.by !== by) made.current = { id: (await ask(api.POST("/v1/backends", { body: at }))).data.id, by };
    const body = {
      slug: slug.trim(), display_name: upstream.trim(), modality, backends: [{ backend_id: made.current.id, priority: 0, weight: 1 }],
      input_price_per_mtok: prices.input.trim() || "0", output_price_per_mtok: modality === "chat" ? prices.output.trim() || "0" : "0",
    } as Shapes["ModelCreate"]; // the rest has defaults
    const { data } = await ask(api.POST("/v1/models", { body }));
    say(`${data.slug} can be called.`);
    added();
  });
  const { failure } = adding;
  const price = (name: string, which: "input" | "output") => (
    <Field name={name} field={`${which}_price_per_mtok`} failure={failure}>
      {(control) => (
        <input {...control} inputMode="decimal" autocomplete="off" value={prices[which]} onInput={(event) => setPrices({ ...prices, [which]: event.currentTarget.value })} />
      )}
    </Field>
  );
  return (
    <Dialog title={`Add a model of ${provider.name}`} close={close} wide>
      <form onSubmit={(event) => (event.preventDefault(), void adding.run())}>
        <div class="fields">
          <Field name="Its name there" field="upstream_model" failure={failure} hint={offered ? undefined : "Test the provider to be offered what it has."}>
            {(control) => (
              <input
                {...control}
                required
                list={names}
                maxLength={190}
                autocomplete="off"
                value={upstream}
                onInput={(event) => setUpstream(event.currentTarget.value)}
              />
            )}
          </Field>
          <datalist id={names}>
            {offered?.map((name) => (
              <option key={name} value={name} />
            ))}
          </datalist>
          <Field name="Called here as" field="slug" failure={failure} hint="What clients say for it, such as example/large.">
            {(control) => <input {...control} required maxLength={190} autocomplete="off" value={slug} onInput={(event) => setSlug(event.currentTarget.value)} />}
          </Field>
          <Field name="For" field="modality" failure={failure}>
            {(control) => (
              <select {...control} value={modality} onChange={(event) => setModality(event.currentTarget.value as Modality)}>
                <option value="chat">chat</option>
                <option value="embedding">embedding: vectors for search</option>
              </select>
            )}
          </Field>
          {modality === "embedding" && (
            <Field name="Dimensions" field="dimensions" failure={failure}>
              {(control) => (
                <input {...control} type="number" min={1} max={65_536} value={dimensions} onInput={(event) => setDimensions(event.currentTarget.value)} />
              )}
            </Field>
          )}
          {price("Price of a million tokens in", "input")}
          {modality === "chat" && price("Price of a million tokens out", "output")}
        </div>
        <p class="hint">Every tenant sees it, until you say otherwise by editing it.</p>
        <Trouble failure={failure} />
        <footer>
          <button type="button" onClick={close}>
            Not now
          </button>
          <button type="submit" class="main" disabled={adding.busy || !upstream.trim() || !slug.trim()}>
            {adding.busy ? "Adding…" : "Add the model"}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}
