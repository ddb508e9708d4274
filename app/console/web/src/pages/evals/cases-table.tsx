/** What a version of a set asks; the newest may be changed case by case, and every change is a version. */

import { useEffect, useRef, useState } from "preact/hooks";
import { api, ask, type Shapes } from "../../api/client";
import { useDeed, usePages } from "../../api/hooks";
import { Badge } from "../../parts/badge";
import { plural } from "../../parts/numbers";
import { Empty, Trouble } from "../../parts/states";
import { type Column, PagedTable } from "../../parts/table";
import { later, say } from "../../parts/toast";
import type { Case } from "./case-draft";
import { CaseForm } from "./case-form";

interface CasesProps {
  set: Shapes["EvalSetRead"];
  etag: string | null;
  /** Of a version that has gone; else the newest. */
  version: number | undefined;
  mayChange: boolean;
  changed: () => void;
}

export function CasesTable({ set, etag, version, mayChange, changed }: CasesProps) {
  const [open, setOpen] = useState<Case | "new">();
  const [gone, setGone] = useState<string[]>([]);
  const pages = usePages<Case>(
    (cursor, signal) => ask(api.GET("/v1/evals/sets/{set_id}/cases", { params: { path: { set_id: set.id }, query: { cursor, version, limit: 50 } }, signal })),
    [set.id, version ?? null],
  );
  const seen = useRef(set.version);
  useEffect(() => {
    if (seen.current !== set.version) pages.reload();
    seen.current = set.version;
  }, [set.version]);
  const dropping = useDeed(async (id: string) => {
    await ask(api.DELETE("/v1/evals/sets/{set_id}/cases/{case_id}", { params: { path: { set_id: set.id, case_id: id } } }));
    pages.change((items) => items.filter((one) => one.id !== id));
    setGone((all) => all.filter((one) => one !== id));
    changed();
  });
  const drop = ({ id }: Case) => {
    setGone((all) => [...all, id]);
    const back = () => setGone((all) => all.filter((one) => one !== id));
    later(`${id} is asked no longer.`, () => void dropping.run(id).then((well) => well || back()), back);
  };
  const adding = mayChange && (
    <button type="button" onClick={() => setOpen("new")}>
      Add a case
    </button>
  );
  const columns: Column<Case>[] = [
    { name: "Case", wide: true, cell: (one) => <Asked of={one} /> },
    { name: "Who asks", wide: true, cell: ({ reader }) => reader ?? <span class="quiet">whoever begins the run</span> },
    { name: "Good is", wide: true, cell: (one) => <Good of={one} /> },
    ...(mayChange
      ? [
          {
            name: "Change",
            cell: (one: Case) => (
              <span class="row">
                <button type="button" aria-label={`Edit ${one.id}`} onClick={() => setOpen(one)}>
                  Edit
                </button>
                <button type="button" class="plain" aria-label={`Remove ${one.id}`} onClick={() => drop(one)}>
                  ✕
                </button>
              </span>
            ),
          },
        ]
      : []),
  ];
  return (
    <>
      {(pages.items?.length ?? 0) > 0 && adding && <p>{adding}</p>}
      <Trouble failure={dropping.failure} />
      <PagedTable
        caption="Cases"
        columns={columns}
        keyOf={({ id }) => id}
        pages={{ ...pages, items: pages.items?.filter(({ id }) => !gone.includes(id)) }}
        empty={
          <Empty title="It asks nothing yet.">
            {mayChange && <p>Add cases one by one, or import a file that has one on each line.</p>}
            {adding && <p>{adding}</p>}
          </Empty>
        }
      />
      {open && (
        <CaseForm
          setId={set.id}
          etag={etag}
          of={open === "new" ? null : open}
          saved={({ data }) => {
            setOpen(undefined);
            say(data.added + data.changed ? `That is version ${data.version.version}.` : "Nothing was different.");
            changed();
          }}
          overtaken={changed}
          close={() => setOpen(undefined)}
        />
      )}
    </>
  );
}

function Asked({ of: { id, question, history, tags } }: { of: Case }) {
  return (
    <span class="asked">
      {question}
      <span class="quiet">
        <code>{id}</code>
        {history.length > 0 && ` · after ${plural(history.length, "turn")}`}
        {tags.length > 0 && ` · ${tags.join(", ")}`}
      </span>
    </span>
  );
}

/** What a good answer is, in a few words. */
function Good({ of: { expected, reference, points, must_refuse, forbidden } }: { of: Case }) {
  const found = expected.map((one) => one.document_name ?? one.document_id ?? `“${one.text}”`);
  const hidden = forbidden.map((one) => one.document_name ?? one.document_id ?? `“${one.phrase}”`);
  const nothing = !must_refuse && found.length + hidden.length + points.length === 0 && reference === null;
  return (
    <ul class="points">
      {must_refuse && <li>that nothing was found</li>}
      {found.length > 0 && <li>finds {found.join(", ")}</li>}
      {points.length > 0 && <li>says {plural(points.length, "point")}</li>}
      {reference !== null && <li>is like a right answer</li>}
      {hidden.length > 0 && <li>does not show {hidden.join(", ")}</li>}
      {nothing && (
        <li>
          <Badge tone="warn">nobody has said yet</Badge>
        </li>
      )}
    </ul>
  );
}
