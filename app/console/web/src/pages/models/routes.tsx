/** By which backends a model is served, in the order they are tried. */

import type { Shapes } from "../../api/client";
import { Badge } from "../../parts/badge";

interface RoutesProps {
  links: Shapes["LinkRead"][];
  backends: Shapes["BackendRead"][];
}

export function Routes({ links, backends }: RoutesProps) {
  const known = new Map(backends.map((backend) => [backend.id, backend]));
  const ordered = [...links].sort((one, other) => one.priority - other.priority || other.weight - one.weight);
  if (ordered.length === 0) return <Badge tone="warn">nothing: it cannot be called</Badge>;
  return (
    <ol class="model-routes">
      {ordered.map(({ backend_id, priority, weight }) => {
        const backend = known.get(backend_id);
        return (
          <li key={backend_id}>
            <a href={`/console/settings/models?tab=providers#${backend_id}`}>{backend?.uri ?? backend_id}</a>{" "}
            {backend?.status === "disabled" && <Badge>switched off</Badge>}
            {ordered.length > 1 && (
              <span class="quiet">
                priority {priority}, weight {weight}
              </span>
            )}
          </li>
        );
      })}
    </ol>
  );
}
