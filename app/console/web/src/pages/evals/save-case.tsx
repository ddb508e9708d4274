/** What a search has found, kept as a case: the question, who asked, and the documents that are right to be found. */

import { useState } from "preact/hooks";
import { api, ask, type Shapes } from "../../api/client";
import { useQuery } from "../../api/hooks";
import { permits, useMe } from "../../api/me";
import { Dialog } from "../../parts/dialog";
import { Asked, Empty } from "../../parts/states";
import { say } from "../../parts/toast";
import { type CaseDraft, NOTHING } from "./case-draft";
import { CaseForm } from "./case-form";

interface SaveCaseProps {
  question: string;
  /** Whose eyes it was asked with; none: the caller's. */
  readerId: string | null;
  hits: Shapes["SearchHitRead"][];
}

export function SaveCase(props: SaveCaseProps) {
  const [open, setOpen] = useState(false);
  if (!permits(useMe(), "scaipersona:test")) return null;
  return (
    <>
      <button type="button" onClick={() => setOpen(true)}>
        Save as a case
      </button>
      {open && <Saving {...props} close={() => setOpen(false)} />}
    </>
  );
}

function Saving({ question, readerId, hits, close }: SaveCaseProps & { close: () => void }) {
  const sets = useQuery((signal) => ask(api.GET("/v1/evals/sets", { params: { query: { limit: 100 } }, signal })), []);
  const [chosen, choose] = useState<Shapes["EvalSetRead"]>();
  if (chosen) {
    const saved = () => (say(`It is a case of ${chosen.name} now.`), close());
    const start = { ...NOTHING, question, reader: readerId ?? "", expected: documentsOf(hits) };
    return <CaseForm setId={chosen.id} etag={null} of={null} start={start} saved={saved} overtaken={() => undefined} close={close} />;
  }
  return (
    <Dialog title="A case of which set?" close={close}>
      <Asked query={sets} what="sets">
        {(there) =>
          there.length === 0 ? (
            <Empty title="There is no set yet.">
              <p>
                <a href="/console/evals">Make one under Evals</a>, and come back.
              </p>
            </Empty>
          ) : (
            <ul>
              {there.map((one) => (
                <li key={one.id}>
                  <button type="button" class="plain" onClick={() => choose(one)}>
                    {one.name}
                  </button>
                </li>
              ))}
            </ul>
          )
        }
      </Asked>
    </Dialog>
  );
}

/** Each document once, in the order found; whoever saves takes out what was not right to be found. */
function documentsOf(hits: Shapes["SearchHitRead"][]): CaseDraft["expected"] {
  return [...new Set(hits.map(({ document_id }) => document_id))].map((value) => ({ by: "document_id", value, grade: 1 }));
}
