import type { ComponentChildren } from "preact";
import { Time } from "../time";
import { Standing, type Document } from "./standing";

/** What became of it: the API tells the last of each. */
export function History({ document }: { document: Document }) {
  const lines: [string, ComponentChildren][] = [
    ["Came in", <Time at={document.created_at} />],
    ["From", document.source],
    ["Content", `version ${document.content_version}`],
    ["Stage", <Standing document={document} />],
    ["In this stage", <Time at={document.stage.since} />],
    ["Attempts", String(document.attempt)],
    ["Findable", <Time at={document.indexed_at} />],
    ["Last change", <Time at={document.updated_at} />],
  ];
  if (document.error_code) lines.push(["Failure", <code>{document.error_code}</code>], ["Why", document.error_message]);
  if (document.sha256) lines.push(["SHA-256", <code class="digest">{document.sha256}</code>]);
  return (
    <>
      <dl class="facts-list">
        {lines.map(([name, said]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{said}</dd>
          </div>
        ))}
      </dl>
      {document.warnings.length > 0 && (
        <>
          <h3>Noted while reading</h3>
          <ul>
            {document.warnings.map((warning) => (
              <li key={warning}>{warning}</li>
            ))}
          </ul>
        </>
      )}
    </>
  );
}
