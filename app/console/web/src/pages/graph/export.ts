/** What is shown, as a file. */

import { type GraphEdge, type GraphNode } from "./shown";

export function save(name: string, content: Blob): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

export function asJson(nodes: GraphNode[], edges: GraphEdge[]): Blob {
  return new Blob([JSON.stringify({ nodes, edges }, null, 2)], { type: "application/json" });
}

/** The relations, each with the names of its ends; then the things that have none. */
export function asCsv(nodes: GraphNode[], edges: GraphEdge[]): Blob {
  const names = new Map(nodes.map(({ id, name }) => [id, name]));
  const ends = new Set(edges.flatMap(({ source_id, target_id }) => [source_id, target_id]));
  const rows = [
    ["from", "relation", "to", "documents"],
    ...edges.map((edge) => [names.get(edge.source_id), edge.type, names.get(edge.target_id), edge.documents.join(" ")]),
    ...nodes.filter(({ id }) => !ends.has(id)).map((node) => [node.name, "", "", node.documents.join(" ")]),
  ];
  return new Blob([rows.map((row) => row.map(cell).join(",")).join("\r\n")], { type: "text/csv" });
}

/** A spreadsheet would run what begins like a formula. */
function cell(text = ""): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return `"${safe.replace(/"/g, '""')}"`;
}
