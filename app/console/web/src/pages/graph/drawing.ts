/** The picture of a graph by Cytoscape; it comes in a piece of its own, once a graph is looked at. */

import cytoscape from "cytoscape";
import { type GraphEdge, type GraphNode, typeOf } from "./shown";

export interface Hearers {
  pick: (id: string) => void;
  expand: (id: string) => void;
}

export interface Drawing {
  show: (nodes: GraphNode[], edges: GraphEdge[], types: Map<string, number>) => void;
  mark: (picked: string | undefined, path: string[]) => void;
  png: () => Promise<Blob>;
  end: () => void;
}

const SHAPES = ["ellipse", "rectangle", "triangle", "diamond", "pentagon", "hexagon", "star", "vee"] as const;
const PADDING = 30;

export function draw(container: HTMLElement, hearers: Hearers): Drawing {
  const colour = (name: string) => getComputedStyle(container).getPropertyValue(name).trim();
  const cy = cytoscape({ container, minZoom: 0.1, maxZoom: 3, style: styleOf(colour) });
  cy.on("tap", "node", (event) => hearers.pick(event.target.id()));
  cy.on("dbltap", "node", (event) => hearers.expand(event.target.id()));
  cy.on("resize", () => cy.fit(undefined, PADDING));
  const forget = onTheme(() => cy.style(styleOf(colour)));
  return {
    show: (nodes, edges, types) => put(cy, nodes, edges, (node) => types.get(typeOf(node)) ?? 0),
    mark: (picked, path) => {
      cy.elements().removeClass("picked way");
      for (const id of path) cy.getElementById(id).addClass("way");
      if (picked) cy.getElementById(picked).addClass("picked");
    },
    png: () => cy.png({ output: "blob-promise", full: true, scale: 2, bg: colour("--card") }),
    end: () => {
      forget();
      cy.destroy();
    },
  };
}

/** A canvas does not follow the page's colours by itself: hear of light and dark, by the system or by choice. */
function onTheme(changed: () => void): () => void {
  const system = matchMedia("(prefers-color-scheme: dark)");
  const choice = new MutationObserver(changed);
  system.addEventListener("change", changed);
  choice.observe(document.documentElement, { attributeFilter: ["data-theme"] });
  return () => (system.removeEventListener("change", changed), choice.disconnect());
}

/** Show exactly these; what stays keeps its place near to where it was. */
function put(cy: cytoscape.Core, nodes: GraphNode[], edges: GraphEdge[], sort: (node: GraphNode) => number): void {
  const wanted = new Set([...nodes, ...edges].map(({ id }) => id));
  const first = cy.elements().empty();
  cy.batch(() => {
    cy.elements().filter((element) => !wanted.has(element.id())).remove();
    for (const node of nodes)
      if (cy.getElementById(node.id).empty())
        cy.add({ group: "nodes", data: { id: node.id, name: node.name }, classes: `type-${sort(node)}` });
      else cy.getElementById(node.id).classes(`type-${sort(node)}`);
    for (const { id, source_id, target_id, type } of edges)
      if (cy.getElementById(id).empty()) cy.add({ group: "edges", data: { id, source: source_id, target: target_id, type } });
  });
  if (nodes.length) cy.layout({ name: "cose", animate: false, randomize: first, nodeDimensionsIncludeLabels: true, padding: PADDING }).run();
}

function styleOf(colour: (name: string) => string): cytoscape.StylesheetJson {
  const types = SHAPES.map((shape, at) => ({
    selector: `node.type-${at}`,
    style: { shape, "background-color": colour(`--type-${at}`) },
  }));
  const text = { color: colour("--ink"), "text-outline-color": colour("--card"), "text-outline-width": 2 };
  return [
    { selector: "node", style: { label: "data(name)", width: 26, height: 26, "font-size": 11, "text-valign": "bottom", "text-margin-y": 4, ...text } },
    {
      selector: "edge",
      style: {
        label: "data(type)", width: 1.5, "font-size": 9, "curve-style": "bezier", "target-arrow-shape": "triangle",
        "line-color": colour("--edge"), "target-arrow-color": colour("--edge"), ...text, "text-rotation": "autorotate",
      },
    },
    ...types,
    { selector: ".way", style: { "line-color": colour("--accent"), "target-arrow-color": colour("--accent"), width: 4, "border-width": 4, "border-color": colour("--accent") } },
    { selector: "node.way", style: { width: 30, height: 30 } },
    { selector: "node.picked", style: { "border-width": 4, "border-color": colour("--ink") } },
  ];
}
