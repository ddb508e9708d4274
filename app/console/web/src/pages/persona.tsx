/** One assistant: its fields and sources, and beside them a bench to try it on. */

import { useLocation, useRoute } from "preact-iso";
import { useEffect, useRef, useState } from "preact/hooks";
import { api, ask, Failure, ifMatch } from "../api/client";
import { useDeed, useQuery } from "../api/hooks";
import { permits, useMe } from "../api/me";
import { Confirm } from "../parts/dialog";
import { Page } from "../parts/page";
import { Asked, Trouble } from "../parts/states";
import { Tabs } from "../parts/tabs";
import { say } from "../parts/toast";
import { Bench } from "./persona/bench";
import { Conflict } from "./persona/conflict";
import { Diagnosis } from "./persona/diagnosis";
import { changesOf, differing, draftOf, type Draft, type Persona } from "./persona/draft";
import { Editor } from "./persona/editor";
import { Gate } from "./persona/gate";
import { Publishing } from "./persona/publishing";
import { Sources } from "./persona/sources";
import { State } from "./personas";
import "./persona.css";

const PERSONA = "/v1/modules/scaipersona/personas/{persona_id}";
const TRAIL = [{ name: "Personas", href: "/console/personas" }];

export default function PersonaPage() {
  const id = useRoute().params.id ?? "";
  const read = (signal?: AbortSignal) => ask(api.GET(PERSONA, { params: { path: { persona_id: id } }, signal }));
  const persona = useQuery<Persona>(read, [id]);
  return (
    <Page
      title={persona.data?.name ?? "Persona"}
      trail={TRAIL}
      lead={persona.data && <State persona={persona.data} />}
      actions={
        persona.data && (
          <a class="button" href={`/console/evals?persona=${id}`}>
            Evaluate
          </a>
        )
      }
    >
      <Asked query={persona} what="the persona">
        {(data) => <Persona key={id} saved={data} etag={persona.answer?.etag ?? null} reload={persona.reload} read={read} />}
      </Asked>
    </Page>
  );
}

interface PersonaProps {
  saved: Persona;
  etag: string | null;
  reload: () => void;
  read: () => Promise<{ data: Persona; etag: string | null }>;
}

function Persona({ saved, etag, reload, read }: PersonaProps) {
  const me = useMe();
  const { query, route } = useLocation();
  const readOnly = !permits(me, "scaipersona:manage");
  const tests = permits(me, "scaipersona:test");
  const [base, setBase] = useState({ persona: saved, etag });
  const [draft, setDraft] = useState<Draft>(draftOf(saved));
  const [theirs, setTheirs] = useState<{ data: Persona; etag: string | null }>();
  const [deleting, askToDelete] = useState(false);
  const path = { path: { persona_id: saved.id } };
  const began = draftOf(base.persona);
  const changed = differing(draft, began);

  const latest = useRef(began);
  latest.current = began;
  useEffect(() => {
    setDraft((mine) => ({ ...draftOf(saved), ...changesOf(mine, latest.current) }) as Draft);
    setBase({ persona: saved, etag });
  }, [saved, etag]);

  const saving = useDeed(async () => {
    try {
      const body = changesOf(draft, began);
      const answer = await ask(api.PATCH(PERSONA, { params: path, body, headers: ifMatch(base.etag) }));
      setBase({ persona: answer.data, etag: answer.etag });
      setDraft(draftOf(answer.data));
      say(answer.data.published ? "Saved: live for the next question." : "Saved.");
      reload();
    } catch (thrown) {
      if (!(thrown instanceof Failure) || thrown.status !== 412) throw thrown;
      setTheirs(await read());
    }
  });
  const removing = useDeed(async () => {
    await ask(api.DELETE("/v1/modules/scaipersona/personas/{persona_id}", { params: path }));
    route("/console/personas");
  });
  const settle = (mine: Draft) => {
    if (!theirs) return;
    setBase({ persona: theirs.data, etag: theirs.etag });
    setDraft(mine);
    setTheirs(undefined);
  };
  const tabs = [
    ...(tests ? [{ id: "try", name: "Try it" }, { id: "check", name: "Check it" }] : []),
    { id: "publish", name: "Publish" },
    { id: "gate", name: "Gate" },
  ];
  const shown = tabs.find((tab) => tab.id === query.tab)?.id ?? tabs[0]?.id ?? "publish";
  return (
    <div class="workbench">
      <div class="left">
        <form class="card" onSubmit={(event) => (event.preventDefault(), void saving.run())}>
          <Editor draft={draft} change={(changes) => setDraft((before) => ({ ...before, ...changes }))} failure={saving.failure} readOnly={readOnly} />
          {!readOnly && (
            <>
              <Trouble failure={saving.failure} />
              <footer class="row save">
                <button type="submit" class="main" disabled={changed.length === 0 || saving.busy}>
                  {saving.busy ? "Saving…" : "Save"}
                </button>
                <button type="button" disabled={changed.length === 0} onClick={() => setDraft(began)}>
                  Take back
                </button>
                <span class="quiet" role="status">
                  {changed.length > 0 && (base.persona.published ? "Not saved yet; saved, it is live for the next question." : "Not saved yet.")}
                </span>
                <button type="button" class="danger" onClick={() => askToDelete(true)}>
                  Delete
                </button>
              </footer>
            </>
          )}
        </form>
        <Sources id={saved.id} readOnly={readOnly} />
      </div>
      <section class="card bench" aria-label="Test bench">
        <Tabs name="Test bench" tabs={tabs} shown={shown} show={(tab) => route(`/console/personas/${saved.id}?tab=${tab}`, true)}>
          {shown === "try" && <Bench persona={base.persona} draft={draft} />}
          {shown === "check" && <Diagnosis id={saved.id} version={base.etag ?? base.persona.updated_at} />}
          {shown === "publish" && <Publishing persona={base.persona} readOnly={readOnly} unsaved={changed.length > 0} changed={reload} />}
          {shown === "gate" && <Gate id={saved.id} readOnly={readOnly} />}
        </Tabs>
      </section>
      {theirs && (
        <Conflict
          theirs={theirs.data}
          mine={draft}
          began={began}
          keepMine={() => settle({ ...draftOf(theirs.data), ...changesOf(draft, began) } as Draft)}
          takeTheirs={() => settle(draftOf(theirs.data))}
          close={() => setTheirs(undefined)}
        />
      )}
      {deleting && (
        <Confirm
          title={`Delete ${saved.name}?`}
          typed={saved.slug}
          deed="Delete"
          run={() => void removing.run()}
          busy={removing.busy}
          failure={removing.failure}
          close={() => askToDelete(false)}
        >
          <p>
            The persona goes{saved.published_slug ? `, and whoever calls ${saved.published_slug} is told there is no such model` : ""}. What it
            reads stays.
          </p>
        </Confirm>
      )}
    </div>
  );
}
