import type { Shapes } from "../../api/client";
import type { Choice } from "../combobox";
import { plural } from "../numbers";

/** What one finds oneself and somebody else may not read, each with the way to what keeps them out. */
export function Withheld({ reader, withheld }: { reader: Choice; withheld: Shapes["WithheldRead"][] }) {
  if (withheld.length === 0) return null;
  const why = (on: string) => `/console/access?${new URLSearchParams({ on, tab: "explain", who: reader.id, do: "READ" })}`;
  return (
    <details class="card withheld">
      <summary>
        Not shown to {reader.name}: {plural(withheld.length, "document")}
      </summary>
      <ul>
        {withheld.map(({ document_id, document_name, score }) => (
          <li key={document_id} class="row">
            <a href={`/console/documents/${document_id}`}>{document_name}</a>
            <span class="quiet">{score.toFixed(2)}</span>
            <a href={why(document_id)} aria-label={`Why ${reader.name} may not read ${document_name}`}>
              Why?
            </a>
          </li>
        ))}
      </ul>
    </details>
  );
}
