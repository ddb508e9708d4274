/** Server-sent events by fetch, so that the credential is in a header; they resume where they were cut. */

import { fetchRaw } from "./client";
import { Failure, isAbort } from "./failure";

export interface Told {
  id: string | null;
  event: string;
  data: unknown;
}

export interface Following {
  signal: AbortSignal;
  tell: (told: Told) => void;
  /** Whether the line stands; false while it is being taken up again. */
  standing?: (stands: boolean) => void;
  lastId?: string | null;
}

const SILENT_MS = 45_000; // three heartbeats
const LONGEST_WAIT_MS = 30_000;

/** Follow a stream until the signal; throws only what trying again would not mend. */
export async function follow(path: string, { signal, tell, standing, lastId = null }: Following): Promise<void> {
  let seen = lastId;
  let wait = 1000;
  while (!signal.aborted) {
    try {
      const response = await fetchRaw(path, {
        signal,
        headers: { Accept: "text/event-stream", ...(seen ? { "Last-Event-ID": seen } : {}) },
      });
      standing?.(true);
      wait = 1000;
      for await (const told of events(response, signal)) {
        if (told.id !== null) seen = told.id;
        tell(told);
      }
    } catch (thrown) {
      if (isAbort(thrown) && signal.aborted) return;
      if (thrown instanceof Failure && thrown.status >= 400 && thrown.status < 500 && thrown.status !== 429) throw thrown;
    }
    standing?.(false);
    await pause(wait, signal);
    wait = Math.min(wait * 2, LONGEST_WAIT_MS);
  }
}

/** The events of one answer; a line that has gone silent is given up. */
export async function* events(response: Response, signal: AbortSignal): AsyncGenerator<Told> {
  if (!response.body) return;
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let kept = "";
  try {
    while (!signal.aborted) {
      const { done, value } = await withinSilence(reader.read());
      if (done) return;
      kept += value;
      const blocks = kept.split(/\r?\n\r?\n/);
      kept = blocks.pop() ?? "";
      for (const block of blocks) {
        const told = parse(block);
        if (told) yield told;
      }
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

function parse(block: string): Told | null {
  const told = { id: null as string | null, event: "message" };
  const data: string[] = [];
  for (const line of block.split(/\r?\n/)) {
    const [, name, value = ""] = /^([^:]*):? ?(.*)$/s.exec(line) ?? [];
    if (name === "id") told.id = value;
    else if (name === "event") told.event = value;
    else if (name === "data") data.push(value);
  }
  if (data.length === 0) return null;
  const text = data.join("\n");
  try {
    return { ...told, data: JSON.parse(text) };
  } catch {
    return { ...told, data: text };
  }
}

async function withinSilence<T>(reading: Promise<T>): Promise<T> {
  let timer = 0;
  const silence = new Promise<never>((_, refuse) => {
    timer = window.setTimeout(() => refuse(new Error("silent")), SILENT_MS);
  });
  try {
    return await Promise.race([reading, silence]);
  } finally {
    clearTimeout(timer);
  }
}

export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((go) => {
    const timer = setTimeout(go, ms);
    signal?.addEventListener("abort", () => (clearTimeout(timer), go()), { once: true });
  });
}
