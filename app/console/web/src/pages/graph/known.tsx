/** What is known of one thing, and from which documents. */

import { useNamed } from "../access/resource";
import type { GraphNode, Shown } from "./shown";

const DOCUMENTS = 10;

interface KnownProps {
  node: GraphNode;
  shown: Shown;
  pick: (id: string) => void;
  expand: (id: string) => void;
}

export function Known({ node, shown, pick, expand }: KnownProps) {
  const names = new Map(shown.nodes.map(({ id, name }) => [id, name]));
  const relations = shown.edges.filter(({ source_id, target_id }) => source_id === node.id || target_id === node.id);
  const properties = Object.entries(node.properties);
  return (
    <section class="card known" aria-label={`What is known of ${node.name}`}>
      <h2>{node.name}</h2>
      <p class="quiet">{node.labels.join(" · ") || "Thing"}</p>
      {properties.length > 0 && (
        <dl class="facts-list">
          {properties.map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{String(value)}</dd>
            </div>
          ))}
        </dl>
      )}
      <h3>From these documents</h3>
      {node.documents.length === 0 && <p class="quiet">Written by hand.</p>}
      <ul class="plain-list">
        {node.documents.slice(0, DOCUMENTS).map((id) => (
          <li key={id}>
            <Source id={id} chunk={node.documents.length === 1 ? node.chunks[0] : undefined} />
          </li>
        ))}
      </ul>
      {node.documents.length > DOCUMENTS && <p class="quiet">and {node.documents.length - DOCUMENTS} more</p>}
      <h3>Related</h3>
      <ul class="plain-list">
        {relations.map(({ id, type, source_id, target_id }) => {
          const [sign, other] = source_id === node.id ? ["→", target_id] : ["←", source_id];
          return (
            <li key={id}>
              {sign} {type}{" "}
              <button type="button" class="plain" onClick={() => pick(other)}>
                {names.get(other)}
              </button>
            </li>
          );
        })}
      </ul>
      <button type="button" onClick={() => expand(node.id)}>
        Expand
      </button>
    </section>
  );
}

/** With one document, its passage is known too. */
function Source({ id, chunk }: { id: string; chunk: string | undefined }) {
  const named = useNamed(id);
  return <a href={`/console/documents/${id}${chunk ? `?chunk=${chunk}` : ""}`}>{named?.name}</a>;
}
