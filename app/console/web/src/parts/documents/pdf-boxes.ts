/** Where on a page the words of a passage stand: both are compared without their spaces, which readers of PDFs guess. */

import type { PageViewport } from "pdfjs-dist";

export interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
}

interface Item {
  str: string;
  transform: number[];
  width: number;
  height: number;
}

const bare = (text: string): string => text.normalize("NFKC").replace(/[\s\u00ad-]+/g, "");
const ENOUGH = 12; // letters; fewer say nothing of where they are from

export function boxesOf(items: unknown[], viewport: PageViewport, wanted: string): { text: string; boxes: Box[] } {
  const words = items.filter((item): item is Item => typeof (item as Item).str === "string");
  const text = words.map((word) => word.str).join(" ");
  const [from, to] = placeOf(bare(wanted), words.map((word) => bare(word.str)).join(""));
  const boxes: Box[] = [];
  let at = 0;
  for (const word of words) {
    const end = at + bare(word.str).length;
    if (end > from && at < to && end > at) boxes.push(boxOf(word, viewport));
    at = end;
  }
  return { text, boxes };
}

/** A passage may begin on the page before or end on the next one: then its part that is here counts. */
function placeOf(wanted: string, page: string): [number, number] {
  if (!wanted || !page) return [0, 0];
  const whole = page.indexOf(wanted);
  if (whole >= 0) return [whole, whole + wanted.length];
  if (wanted.includes(page)) return [0, page.length];
  for (let length = Math.min(wanted.length, page.length); length >= ENOUGH; length--) {
    if (page.endsWith(wanted.slice(0, length))) return [page.length - length, page.length];
    if (page.startsWith(wanted.slice(-length))) return [0, length];
  }
  // What stands at the head or foot of every page parts it from the edge.
  const head = wanted.length >= ENOUGH * 2 ? page.indexOf(wanted.slice(0, ENOUGH * 2)) : -1;
  if (head >= 0) return [head, page.length];
  const tail = wanted.length >= ENOUGH * 2 ? page.indexOf(wanted.slice(-ENOUGH * 2)) : -1;
  return tail >= 0 ? [0, tail + ENOUGH * 2] : [0, 0];
}

function boxOf({ transform, width, height }: Item, viewport: PageViewport): Box {
  const [x = 0, y = 0] = [transform[4], transform[5]];
  const [left, bottom] = viewport.convertToViewportPoint(x, y - height * 0.2) as [number, number];
  const [right, top] = viewport.convertToViewportPoint(x + width, y + height) as [number, number];
  return {
    left: (Math.min(left, right) / viewport.width) * 100,
    top: (Math.min(top, bottom) / viewport.height) * 100,
    width: (Math.abs(right - left) / viewport.width) * 100,
    height: (Math.abs(bottom - top) / viewport.height) * 100,
  };
}
