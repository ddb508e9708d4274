/** What a question would be answered from: as oneself or as a reader, as it is saved and as it stands in the form. */

import { useState } from "preact/hooks";
import { api, ask, type Shapes } from "../../api/client";
import { useDeed } from "../../api/hooks";
import { permits, useMe } from "../../api/me";
import { AsCode } from "../../parts/as-code";
import { Combobox, type Choice } from "../../parts/combobox";
import { Field } from "../../parts/field";
import { findUsers } from "../../parts/finding";
import { Trouble } from "../../parts/states";
import type { Draft, Persona } from "./draft";

type Preview = Shapes["PersonaPreviewRead"];

const PREVIEW = "/v1/modules/scaipersona/personas/{persona_id}/preview";

interface Tried {
  question: string;
  reader: string | null;
  before: Preview;
  after: Preview | null;
}

/** What the form would have it look by, if that differs. */
function looking(draft: Draft, saved: Persona): Shapes["PersonaLookWrite"] | null {
  const fields = ["rag_strategy", "rag_top_k", "rag_min_score", "rag_search_type"] as const;
  const changed = fields.filter((field) => draft[field] !== saved[field]);
  return changed.length ? Object.fromEntries(changed.map((field) => [field, draft[field]])) : null;
}

export function Bench({ persona, draft }: { persona: Persona; draft: Draft }) {
  const me = useMe();
  const [question, setQuestion] = useState("");
  const [reader, setReader] = useState<Choice | null>(null);
  const [tried, setTried] = useState<Tried>();
  const changes = looking(draft, persona);
  const body = { query: question.trim(), ...(reader ? { as_user_id: reader.id } : {}) };
  const trying = useDeed(async () => {
    const params = { path: { persona_id: persona.id } };
    const look = (look: Shapes["PersonaLookWrite"] | null) =>
      ask(api.POST(PREVIEW, { params, body: look ? { ...body, look } : body })).then((answer) => answer.data);
    const [before, after] = await Promise.all([look(null), changes ? look(changes) : null]);
    setTried({ question: body.query, reader: reader?.name ?? null, before, after });
  });
  return (
    <>
      <form onSubmit={(event) => (event.preventDefault(), void trying.run())}>
        <Field name="Question" field="query" failure={trying.failure}>
          {(control) => <textarea {...control} rows={2} value={question} onInput={(event) => setQuestion(event.currentTarget.value)} />}
        </Field>
        {permits(me, "users:manage") && (
          <Combobox name="As a reader" find={findUsers} chosen={reader} choose={setReader} placeholder="yourself" />
        )}
        {reader && <p class="hint">Shown is what both you and they may read; it is written down that you looked.</p>}
        <p class="bench-run">
          <button type="submit" class="main" disabled={!question.trim() || trying.busy}>
            {trying.busy ? "Looking…" : changes ? "Try before and after" : "Try"}
          </button>
        </p>
      </form>
      <Trouble failure={trying.failure} />
      <div aria-live="polite">
        {tried && (
          <>
            <p class="quiet">
              “{tried.question}” as {tried.reader ?? "yourself"}
            </p>
            <Found name={tried.after ? "As it is saved" : "Found"} preview={tried.before} other={tried.after} />
            {tried.after && <Found name="With your change" preview={tried.after} other={tried.before} />}
          </>
        )}
      </div>
      {body.query && (
        <AsCode call={{ method: "POST", path: PREVIEW.replace("{persona_id}", persona.id), body: changes ? { ...body, look: changes } : body }} />
      )}
    </>
  );
}

function Found({ name, preview, other }: { name: string; preview: Preview; other: Preview | null }) {
  const there = new Set(other?.citations.map((one) => one.chunk_id ?? one.content));
  const away = preview.sources.filter((one) => one.fault);
  return (
    <section class="found">
      <h3>
        {name} <span class="quiet">{preview.citations.length}</span>
      </h3>
      <p class="quiet">{preview.steps.map(step).join(" → ")}</p>
      {away.map((one) => (
        <p key={one.name} class="notice">
          Without {one.name}
          {one.reason ? `: ${one.reason}` : ""}. <code>{one.fault}</code>
        </p>
      ))}
      {preview.citations.length === 0 && <p>Nothing found that can be read.</p>}
      <ol class="passages">
        {preview.citations.map((one) => (
          <li key={one.marker}>
            <p>
              {one.document_id ? (
                <a href={`/console/documents/${one.document_id}${one.chunk_id ? `?chunk=${one.chunk_id}` : ""}`}>{one.document_name}</a>
              ) : (
                one.document_name
              )}{" "}
              <span class="quiet">
                {one.source_name}
                {one.page !== null && ` · p. ${one.page}`} · {one.score.toFixed(2)}
                {one.weighted_score !== one.score && ` · weighted ${one.weighted_score.toFixed(2)}`}
              </span>
              {other && !there.has(one.chunk_id ?? one.content) && <strong> only here</strong>}
            </p>
            <blockquote>{one.quote}</blockquote>
          </li>
        ))}
      </ol>
    </section>
  );
}

function step(said: Record<string, unknown>): string {
  const what = [said.kind, said.found === undefined ? "" : `${String(said.found)} found`, said.reason ?? ""].filter(Boolean);
  return what.join(" · ");
}
