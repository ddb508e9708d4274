/** A graph that grows by what is asked of it: picture or table, legend, what is known, paths and files. */

import { useRef, useState } from "preact/hooks";
import { asFailure, type Failure } from "../../api/failure";
import { plural } from "../../parts/numbers";
import { Trouble } from "../../parts/states";
import type { Drawing } from "./drawing";
import { asCsv, asJson, save } from "./export";
import { Known } from "./known";
import { Legend } from "./legend";
import { Path } from "./path";
import { Picture } from "./picture";
import { around, between } from "./reading";
import { grown, NOTHING, type Shown, typeOf, typesOf } from "./shown";
import { Tables } from "./tables";

interface BoardProps {
  collection: string;
  first: Parameters<typeof grown>[1];
  asTable: boolean;
}

export function Board({ collection, first, asTable }: BoardProps) {
  const [shown, setShown] = useState<Shown>(() => grown(NOTHING, first));
  const [picked, pick] = useState<string>();
  const [path, setPath] = useState<string[]>([]);
  const [off, setOff] = useState<Set<string>>(new Set());
  const [drawing, setDrawing] = useState<Drawing>();
  const [failure, setFailure] = useState<Failure>();
  const [said, setSaid] = useState("");
  const latest = useRef(shown);
  /** To what is shown by then: another answer may have come first. */
  const grow = (found: typeof first) => {
    const before = latest.current.nodes.length;
    latest.current = grown(latest.current, found);
    setShown(latest.current);
    return latest.current.nodes.length - before;
  };
  const types = typesOf(shown.nodes);
  const visible = within(shown, off);
  const node = shown.nodes.find(({ id }) => id === picked);
  const failed = (thrown: unknown) => setFailure(asFailure(thrown));
  const away = (available: boolean) => !available && setSaid("The graph store is away right now; nothing more can be asked of it.");
  const expand = (id: string) => {
    setFailure(undefined);
    pick(id);
    around(collection, id)
      .then(({ data }) => {
        setSaid(`${plural(grow(data), "more thing")} shown.`);
        away(data.graph_available);
      })
      .catch(failed);
  };
  const connect = (from: string, to: string) => {
    setFailure(undefined);
    between(collection, from, to)
      .then((found) => {
        const names = found.nodes.map(({ name }) => name).join(" → ");
        setSaid(names ? `Path: ${names}` : "No path of five steps or fewer that you can see.");
        away(found.graph_available);
        grow(found);
        setPath([...found.nodes, ...found.edges].map(({ id }) => id));
      })
      .catch(failed);
  };
  return (
    <div class="board">
      <Trouble failure={failure} />
      {shown.more && <p class="notice">{shown.more}</p>}
      <Legend types={types} nodes={shown.nodes} off={off} change={setOff} />
      <p class="quiet" role="status">
        {said}
      </p>
      <div class={node ? "walk with-known" : "walk"}>
        <div>
          {asTable ? (
            <Tables {...visible} pick={pick} expand={expand} />
          ) : (
            <Picture {...visible} types={types} picked={picked} path={path} pick={pick} expand={expand} drawn={setDrawing} />
          )}
        </div>
        {node && <Known key={node.id} node={node} shown={visible} pick={pick} expand={expand} />}
      </div>
      <Path nodes={visible.nodes} connect={connect} />
      <div class="row">
        <span class="quiet">What is shown, as a file:</span>
        <button type="button" onClick={() => save("graph.json", asJson(visible.nodes, visible.edges))}>
          JSON
        </button>
        <button type="button" onClick={() => save("graph.csv", asCsv(visible.nodes, visible.edges))}>
          CSV
        </button>
        {drawing && (
          <button type="button" onClick={() => void drawing.png().then((picture) => save("graph.png", picture))}>
            PNG
          </button>
        )}
      </div>
    </div>
  );
}

/** Without the types that the legend has switched off. */
function within(shown: Shown, off: Set<string>): Shown {
  if (!off.size) return shown;
  const nodes = shown.nodes.filter((node) => !off.has(typeOf(node)));
  const left = new Set(nodes.map(({ id }) => id));
  const edges = shown.edges.filter(({ source_id, target_id }) => left.has(source_id) && left.has(target_id));
  return { ...shown, nodes, edges };
}
