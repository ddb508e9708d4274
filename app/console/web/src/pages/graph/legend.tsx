/** The types that are shown, each by colour, shape and name; switching one off hides its things. */

import { type GraphNode, typeOf } from "./shown";

const SIGNS = ["●", "■", "▲", "◆", "⬟", "⬢", "★", "▼"];

interface LegendProps {
  types: Map<string, number>;
  nodes: GraphNode[];
  off: Set<string>;
  change: (off: Set<string>) => void;
}

export function Legend({ types, nodes, off, change }: LegendProps) {
  const turn = (type: string) => {
    const next = new Set(off);
    if (!next.delete(type)) next.add(type);
    change(next);
  };
  return (
    <fieldset class="legend">
      <legend class="unseen">Types shown</legend>
      {[...types].map(([type, at]) => (
        <label key={type}>
          <input type="checkbox" checked={!off.has(type)} onChange={() => turn(type)} />
          <span class={`type-${at}`} aria-hidden="true">
            {SIGNS[at]}
          </span>{" "}
          {type} <span class="quiet">{nodes.filter((node) => typeOf(node) === type).length}</span>
        </label>
      ))}
    </fieldset>
  );
}
