/** What of a graph is shown: it grows by what is asked, up to a cap, and says what it left out. */

import type { Shapes } from "../../api/client";

export type GraphNode = Shapes["NodeRead"];
export type GraphEdge = Shapes["EdgeRead"];

export const MOST_NODES = 300;
export const MOST_NEIGHBOURS = 100;
const TYPES = 8;

export interface Shown {
  nodes: GraphNode[];
  edges: GraphEdge[];
  /** Why there is more than is shown, in a sentence. */
  more: string;
}

export const NOTHING: Shown = { nodes: [], edges: [], more: "" };

interface Found {
  nodes: GraphNode[];
  edges: GraphEdge[];
  truncated: boolean;
}

/** Put what was found to what is shown; a relation is shown when both its ends are. */
export function grown(shown: Shown, found: Found): Shown {
  const nodes = new Map(shown.nodes.map((node) => [node.id, node]));
  const fresh = found.nodes.filter((node) => !nodes.has(node.id));
  const room = MOST_NODES - nodes.size;
  for (const node of fresh.slice(0, room)) nodes.set(node.id, node);
  const edges = new Map(shown.edges.map((edge) => [edge.id, edge]));
  for (const edge of found.edges) if (nodes.has(edge.source_id) && nodes.has(edge.target_id)) edges.set(edge.id, edge);
  const left = Math.max(0, fresh.length - room);
  return { nodes: [...nodes.values()], edges: [...edges.values()], more: said(nodes.size, left, found.truncated) };
}

function said(size: number, left: number, truncated: boolean): string {
  if (left) return `Showing ${size} of at least ${size + left}: ${MOST_NODES} are the most that stay readable.`;
  return truncated ? `Showing ${size} of more: the last question found more than it may bring at once.` : "";
}

export function typeOf(node: GraphNode): string {
  return node.labels[0] ?? "Thing";
}

/** The types shown, each with the number of its colour and shape: by name, so that they stay what they are. */
export function typesOf(nodes: GraphNode[]): Map<string, number> {
  const names = [...new Set(nodes.map(typeOf))].sort();
  return new Map(names.map((name, at) => [name, at % TYPES]));
}
