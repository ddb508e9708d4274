/** The picture: arrows pick one thing after another, Enter expands; the table beside it says the same. */

import { useEffect, useRef, useState } from "preact/hooks";
import type { Drawing, Hearers } from "./drawing";
import type { GraphEdge, GraphNode } from "./shown";

interface PictureProps extends Hearers {
  nodes: GraphNode[];
  edges: GraphEdge[];
  types: Map<string, number>;
  picked: string | undefined;
  path: string[];
  drawn: (drawing: Drawing | undefined) => void;
}

export function Picture({ nodes, edges, types, picked, path, pick, expand, drawn }: PictureProps) {
  const place = useRef<HTMLDivElement>(null);
  const hearers = useRef<Hearers>({ pick, expand });
  hearers.current = { pick, expand };
  const [drawing, setDrawing] = useState<Drawing>();
  useEffect(() => {
    let made: Drawing | undefined;
    let left = false;
    void import("./drawing").then(({ draw }) => {
      if (left || !place.current) return;
      made = draw(place.current, { pick: (id) => hearers.current.pick(id), expand: (id) => hearers.current.expand(id) });
      setDrawing(made);
      drawn(made);
    });
    return () => {
      left = true;
      drawn(undefined);
      made?.end();
    };
  }, []);
  useEffect(() => drawing?.show(nodes, edges, types), [drawing, nodes, edges]);
  useEffect(() => drawing?.mark(picked, path), [drawing, nodes, picked, path]);
  const press = (event: KeyboardEvent) => {
    const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (event.key === "Enter" && picked) expand(picked);
    else if (by && nodes.length) {
      const at = nodes.findIndex(({ id }) => id === picked);
      pick(nodes[(at + by + nodes.length) % nodes.length]!.id);
    } else return;
    event.preventDefault();
  };
  return (
    <div
      class="picture"
      tabIndex={0}
      role="application"
      aria-label={`Picture of ${nodes.length} things and ${edges.length} relations. Arrows pick one, Enter expands it. The table says the same.`}
      onKeyDown={press}
    >
      {/* Cytoscape would put its one rule into a <style>, which the page's policy refuses; it does not where this id is there. */}
      <span id="__________cytoscape_stylesheet" hidden />
      <div class="canvas" ref={place} aria-hidden="true" />
    </div>
  );
}
