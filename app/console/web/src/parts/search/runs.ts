/** The last fifty searches of this key, kept in this browser alone and under a name that does not give the key away. */

import { keyName } from "../../api/session";
import type { Choice } from "../combobox";

export interface Asked {
  query: string;
  collection: string;
  collectionName: string;
  type: "vector" | "keyword" | "hybrid" | "graph" | "combined";
  k: number;
  minScore: number;
  rerank: boolean;
  /** Through whose eyes, if not one's own. */
  reader: Choice | null;
}

export interface Run {
  at: string;
  asked: Asked;
  tookMs: number;
  hits: { id: string; name: string; score: number }[];
}

const MOST = 50;

async function place(): Promise<string> {
  return `scaigrid.runs.${await keyName()}`;
}

export async function runs(): Promise<Run[]> {
  try {
    return JSON.parse(localStorage.getItem(await place()) ?? "[]") as Run[];
  } catch {
    return [];
  }
}

export async function keep(run: Run): Promise<Run[]> {
  const kept = [run, ...(await runs())].slice(0, MOST);
  localStorage.setItem(await place(), JSON.stringify(kept));
  return kept;
}

export async function forget(): Promise<void> {
  localStorage.removeItem(await place());
}
