/** Changing a saved crawl; who saves second has what the first saved, with what they changed themselves on top. */

import { useEffect, useRef, useState } from "preact/hooks";
import { api, ask, Failure, ifMatch, type Shapes } from "../../api/client";
import { useDeed } from "../../api/hooks";
import { Trouble } from "../../parts/states";
import { say } from "../../parts/toast";
import { Fields } from "./fields";
import { KeepingFields } from "./keeping";
import { bodyOf, changesOf, type Keeping, keepingOf, keptOf, type Plan, planOf } from "./plan";
import type { Saved } from "./words";

interface EditProps {
  crawl: Saved;
  etag: string | null;
  read: () => Promise<{ data: Saved; etag: string | null }>;
  saved: (changed: Shapes["CrawlChangedRead"]) => void;
}

type Draft = Plan & Keeping;

const draftOf = (crawl: Saved): Draft => ({ ...planOf(crawl), ...keepingOf(crawl) });
const said = (draft: Draft) => ({ ...bodyOf(draft), ...keptOf(draft) });

/** Another's draft with what was changed here. */
function onTop(theirs: Draft, mine: Draft, began: Draft): Draft {
  const changed = (Object.keys(mine) as (keyof Draft)[]).filter((field) => JSON.stringify(mine[field]) !== JSON.stringify(began[field]));
  return { ...theirs, ...Object.fromEntries(changed.map((field) => [field, mine[field]])) };
}

export function Edit({ crawl, etag, read, saved }: EditProps) {
  const [base, setBase] = useState({ draft: draftOf(crawl), etag });
  const [draft, setDraft] = useState(base.draft);
  const [overtaken, setOvertaken] = useState(false);
  const latest = useRef(base);
  latest.current = base;
  useEffect(() => {
    const theirs = draftOf(crawl);
    setDraft((mine) => onTop(theirs, mine, latest.current.draft));
    setBase({ draft: theirs, etag });
  }, [crawl, etag]);
  const changes = changesOf(said(draft), said(base.draft));
  const changed = Object.keys(changes).length > 0;
  const saving = useDeed(async () => {
    setOvertaken(false);
    try {
      const params = { path: { crawl_id: crawl.id } };
      const answer = await ask(
        api.PATCH("/v1/modules/scaimatrix/crawls/{crawl_id}", { params, body: changes, headers: ifMatch(base.etag) }),
      );
      setBase({ draft: draftOf(answer.data), etag: answer.etag });
      setDraft(draftOf(answer.data));
      say("Saved; it runs so from now on.");
      saved(answer.data);
    } catch (thrown) {
      if (!(thrown instanceof Failure) || thrown.status !== 412) throw thrown;
      const theirs = await read();
      setDraft(onTop(draftOf(theirs.data), draft, base.draft));
      setBase({ draft: draftOf(theirs.data), etag: theirs.etag });
      setOvertaken(true);
    }
  });
  const change = (part: Partial<Draft>) => setDraft((before) => ({ ...before, ...part }));
  return (
    <details class="unfold card edit">
      <summary>Change it: what it reads, when it runs, who may start it</summary>
      <form onSubmit={(event) => (event.preventDefault(), void saving.run())}>
        <KeepingFields keeping={draft} change={change} failure={saving.failure} />
        <Fields plan={draft} change={change} failure={saving.failure} tellsAcl={crawl.acl !== null} />
        {overtaken && (
          <p class="notice" role="alert">
            Somebody saved it meanwhile. What you changed stands on top of what they saved; look it over, and save again.
          </p>
        )}
        <Trouble failure={saving.failure} />
        <footer class="row">
          <button type="submit" class="main" disabled={!changed || saving.busy}>
            {saving.busy ? "Saving…" : "Save"}
          </button>
          <button type="button" disabled={!changed} onClick={() => setDraft(base.draft)}>
            Take back
          </button>
          <span class="quiet" role="status">
            {changed && "Not saved yet; saved, it runs with your rights."}
          </span>
        </footer>
      </form>
    </details>
  );
}
