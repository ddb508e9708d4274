/** What an assistant's call went through before it was answered, and which documents came how far. */

import type { Shapes } from "../../api/client";
import { plural } from "../../parts/numbers";
import { STAGES } from "../../parts/search/took";
import { type Column, Table } from "../../parts/table";
import { took } from "../requests/call";

type Passed = Shapes["CallStagesRead"];
type Use = Shapes["DocumentUseRead"];

const NAMES: Record<string, string> = { ...STAGES, answer: "answering" };

const COLUMNS: Column<Use>[] = [
  { name: "Document", wide: true, cell: ({ document_id }) => <a href={`/console/documents/${document_id}`}>{document_id}</a> },
  { name: "Passages found", number: true, cell: ({ found }) => found },
  { name: "Given to the model", number: true, cell: ({ offered }) => offered },
  { name: "Cited", number: true, cell: ({ cited }) => cited },
];

export function WentThrough({ calls }: { calls: Passed[] }) {
  return (
    <>
      {calls.map((call) => (
        <section key={call.call_id}>
          <h2>What {call.model} went through</h2>
          <ol class="rooms" aria-label="Stages">
            {roomsOf(call).map((room) => (
              <li key={room}>{room}</li>
            ))}
          </ol>
          {call.documents.length > 0 && (
            <Table caption="Documents" columns={COLUMNS} items={call.documents} keyOf={({ document_id }) => document_id} />
          )}
          <p class="hint">Of documents, those are named and counted that you may read now.</p>
        </section>
      ))}
    </>
  );
}

/** Each room with its time; what was found stands before the answer, and what was cited after it. */
function roomsOf({ stages, documents }: Passed): string[] {
  const all = (of: (use: Use) => number) => documents.reduce((sum, use) => sum + of(use), 0);
  const rooms = stages.map(({ stage, ms }) => `${NAMES[stage] ?? stage} ${ms < 10 ? `${ms} ms` : took(ms)}`);
  if (documents.length === 0) return rooms;
  const found = `found ${plural(all((use) => use.found), "passage")} of ${plural(documents.length, "document")}`;
  const cited = `cited ${all((use) => use.cited)}`;
  return [...rooms.slice(0, -1), found, `gave the model ${all((use) => use.offered)}`, ...rooms.slice(-1), cited];
}
