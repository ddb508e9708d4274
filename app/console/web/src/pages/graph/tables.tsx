/** All that the picture shows, as tables. */

import { plural } from "../../parts/numbers";
import { Table } from "../../parts/table";
import { type GraphEdge, type GraphNode, typeOf } from "./shown";

interface TablesProps {
  nodes: GraphNode[];
  edges: GraphEdge[];
  pick: (id: string) => void;
  expand: (id: string) => void;
}

export function Tables({ nodes, edges, pick, expand }: TablesProps) {
  const names = new Map(nodes.map(({ id, name }) => [id, name]));
  const thing = (id: string) => (
    <button type="button" class="plain" onClick={() => pick(id)}>
      {names.get(id)}
    </button>
  );
  return (
    <>
      <h2>{plural(nodes.length, "thing")}</h2>
      <Table
        caption="Things"
        items={nodes}
        keyOf={({ id }) => id}
        columns={[
          { name: "Name", wide: true, cell: ({ id }) => thing(id) },
          { name: "Type", cell: typeOf },
          { name: "Relations", number: true, cell: ({ degree }) => degree },
          { name: "Documents", number: true, cell: ({ documents }) => documents.length },
          {
            name: "More",
            cell: ({ id, name }) => (
              <button type="button" aria-label={`Expand ${name}`} onClick={() => expand(id)}>
                Expand
              </button>
            ),
          },
        ]}
      />
      <h2>{plural(edges.length, "relation")}</h2>
      <Table
        caption="Relations"
        items={edges}
        keyOf={({ id }) => id}
        columns={[
          { name: "From", wide: true, cell: ({ source_id }) => thing(source_id) },
          { name: "Relation", cell: ({ type }) => type },
          { name: "To", wide: true, cell: ({ target_id }) => thing(target_id) },
          { name: "Documents", number: true, cell: ({ documents }) => documents.length },
        ]}
      />
    </>
  );
}
