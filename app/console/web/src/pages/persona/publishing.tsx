/** Making a persona a model that is called by name, and taking it back. */

import { useState } from "preact/hooks";
import { api, ask } from "../../api/client";
import { useDeed } from "../../api/hooks";
import { CopyButton } from "../../parts/copy";
import { Confirm } from "../../parts/dialog";
import { Trouble } from "../../parts/states";
import { say } from "../../parts/toast";
import type { Persona } from "./draft";

interface PublishingProps {
  persona: Persona;
  readOnly: boolean;
  /** Whether something in the form is not saved. */
  unsaved: boolean;
  changed: () => void;
}

export function Publishing({ persona, readOnly, unsaved, changed }: PublishingProps) {
  const [asking, setAsking] = useState(false);
  const params = { path: { persona_id: persona.id } };
  const publishing = useDeed(async () => {
    const { data } = await ask(api.POST("/v1/modules/scaipersona/personas/{persona_id}/publish", { params, body: {} }));
    say(`It is called as ${data.published_slug} now.`);
    changed();
  });
  const withdrawing = useDeed(async () => {
    await ask(api.POST("/v1/modules/scaipersona/personas/{persona_id}/unpublish", { params }));
    setAsking(false);
    changed();
  });
  const gate = publishing.failure?.code === "EVALUATION_GATE_FAILED" ? publishing.failure : undefined;
  return (
    <>
      {persona.published_slug ? (
        <>
          <p>Any client that speaks to models calls it by this name:</p>
          <p class="row">
            <code class="model-name">{persona.published_slug}</code>
            <CopyButton text={persona.published_slug}>Copy the name</CopyButton>
            <a class="button" href={`/console/chat?model=${encodeURIComponent(persona.published_slug)}`}>
              Chat with it
            </a>
          </p>
          <p class="quiet">What is saved here is live for the next question.</p>
        </>
      ) : (
        <p>It is not published: nobody can call it yet. Published, it is a model of this tenant.</p>
      )}
      {!readOnly && (
        <p class="row">
          <button type="button" class={persona.published ? "" : "main"} disabled={publishing.busy} onClick={() => void publishing.run()}>
            {publishing.busy ? "Publishing…" : persona.published ? "Publish again" : "Publish"}
          </button>
          {persona.published && (
            <button type="button" class="danger" onClick={() => setAsking(true)}>
              Unpublish
            </button>
          )}
        </p>
      )}
      {persona.published && !readOnly && <p class="hint">Publishing again takes over what has changed in the model behind it.</p>}
      {unsaved && <p class="notice">What you have changed and not saved is not in it.</p>}
      {gate ? (
        <div class="trouble" role="alert">
          <p>
            {gate.message} <code>{gate.code}</code>
          </p>
          <ul>
            {gate.details.map((issue) => (
              <li key={issue.field}>
                <code>{issue.field}</code> {issue.message}
              </li>
            ))}
          </ul>
          <p>
            <a href={`/console/evals?persona=${persona.id}`}>Go to its runs</a> ·{" "}
            <a href={`/console/personas/${persona.id}?tab=gate`}>See its gate</a>
          </p>
        </div>
      ) : (
        <Trouble failure={publishing.failure} />
      )}
      {asking && (
        <Confirm
          title={`Unpublish ${persona.name}?`}
          deed="Unpublish"
          run={() => void withdrawing.run()}
          busy={withdrawing.busy}
          failure={withdrawing.failure}
          close={() => setAsking(false)}
        >
          <p>
            Whoever calls <code>{persona.published_slug}</code> is told from the next question on that there is no such model. The
            persona stays, and leaves the model groups it is in.
          </p>
        </Confirm>
      )}
    </>
  );
}
