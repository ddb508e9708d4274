/** Which passage an address or a click means: by the id of a chunk, or by a span `p3:120-162` of the text. */

import type { Shapes } from "../../api/client";

export type Chunk = Shapes["ChunkRead"];

export interface Passage {
  chunk: Chunk | null;
  start: number;
  end: number;
  page: number | null;
  /** It was asked for, and the document no longer has it. */
  lost: boolean;
}

const NOTHING: Passage = { chunk: null, start: -1, end: -1, page: null, lost: false };

export function passageOf(query: Record<string, string>, chunks: Chunk[], lit: string | null): Passage {
  const chosen = chunks.find((chunk) => chunk.id === lit);
  if (chosen && lit !== query["chunk"]) return whole(chosen);
  const [, page, from, to] = /^(?:p(\d+):)?(\d+)-(\d+)$/.exec(query["span"] ?? "") ?? [];
  if (from && to && (lit === null || lit === query["chunk"])) {
    const [start, end] = [Number(from), Number(to)];
    const chunk = chosen ?? chunks.find((one) => one.start <= start && end <= one.end) ?? null;
    return { chunk, start, end, page: page ? Number(page) : (chunk?.page ?? null), lost: chunks.length > 0 && chunk === null };
  }
  if (chosen) return whole(chosen);
  return { ...NOTHING, lost: lit !== null && chunks.length > 0 };
}

function whole(chunk: Chunk): Passage {
  return { chunk, start: chunk.start, end: chunk.end, page: chunk.page, lost: false };
}

/**
 * The text as it was read, put together from its chunks: their places count characters of it, and where they overlap
 * they say the same.
 */
export function textOf(chunks: Chunk[]): { text: string[]; gaps: [number, number][] } {
  const text: string[] = [];
  const gaps: [number, number][] = [];
  for (const chunk of [...chunks].sort((one, other) => one.start - other.start)) {
    const letters = Array.from(chunk.content);
    if (chunk.start > text.length) {
      gaps.push([text.length, chunk.start]);
      while (text.length < chunk.start) text.push("");
    }
    letters.slice(text.length - chunk.start).forEach((letter) => text.push(letter));
  }
  return { text, gaps };
}

export interface Piece {
  text: string;
  start: number;
  chunk: Chunk | null;
  lit: boolean;
}

/** The text cut where a chunk begins or ends, and where the passage does. */
export function piecesOf(chunks: Chunk[], passage: Passage): Piece[] {
  const { text } = textOf(chunks);
  const cuts = new Set([0, text.length, Math.max(0, passage.start), Math.max(0, passage.end)]);
  chunks.forEach((chunk) => cuts.add(chunk.start).add(chunk.end));
  const at = [...cuts].filter((cut) => cut <= text.length).sort((one, other) => one - other);
  const pieces: Piece[] = [];
  for (let index = 0; index + 1 < at.length; index++) {
    const [start, end] = [at[index] ?? 0, at[index + 1] ?? 0];
    const chunk = chunks.find((one) => one.start <= start && end <= one.end) ?? null;
    const lit = passage.start <= start && end <= passage.end;
    pieces.push({ text: text.slice(start, end).join(""), start, chunk, lit });
  }
  return pieces;
}
