/** One question put to a model, its answer told as it comes. */

import { fetchRaw } from "../../api/client";
import { events } from "../../api/events";
import { asFailure } from "../../api/failure";
import type { Retrieval, Turn, Wrong } from "./conversation";

type Change = (change: (turn: Turn) => Partial<Turn>) => void;

interface Chunk {
  choices?: { delta?: { content?: string | null } }[];
  usage?: { total_tokens?: number } | null;
}

export const CHAT = "/v1/inference/chat";

export function bodyOf(model: string, messages: unknown[]) {
  return { model, messages, stream: true, stream_options: { include_usage: true } };
}

/** Ask, and tell every change of the turn; it ends when the answer does, or by the signal. */
export async function put(body: object, change: Change, signal: AbortSignal): Promise<void> {
  const began = performance.now();
  let ended: Partial<Turn> = { state: "failed", wrong: { code: "NO_END", message: "The answer broke off before its end." } };
  try {
    const response = await fetchRaw(CHAT, {
      method: "POST",
      body: JSON.stringify(body),
      headers: { "Content-Type": "application/json", Accept: "text/event-stream" },
      signal,
    });
    change(() => ({ requestId: response.headers.get("X-Request-Id") ?? undefined }));
    for await (const { event, data } of events(response, signal)) {
      if (data === "[DONE]") {
        if (ended.wrong?.code === "NO_END") ended = { state: "done" };
        break;
      }
      if (event === "error") ended = { state: "failed", wrong: wrongIn(data) };
      else change(read(event, data));
    }
  } catch (thrown) {
    if (!signal.aborted) ended = { state: "failed", wrong: asFailure(thrown) };
  }
  if (signal.aborted) ended = { state: "stopped" };
  const seconds = (performance.now() - began) / 1000;
  change(() => ({ ...ended, seconds, doing: undefined }));
}

function read(event: string, data: unknown): (turn: Turn) => Partial<Turn> {
  if (event === "status") {
    const said = data as { message?: string };
    return () => ({ doing: said.message });
  }
  if (event === "retrieval") return () => ({ retrieval: data as Retrieval });
  if (event !== "message") return () => ({});
  const chunk = data as Chunk;
  const text = chunk.choices?.[0]?.delta?.content ?? "";
  const tokens = chunk.usage?.total_tokens;
  return (turn) => ({
    ...(text ? { answer: turn.answer + text, doing: undefined } : {}),
    ...(tokens === undefined ? {} : { tokens }),
  });
}

function wrongIn(data: unknown): Wrong {
  const { code, message } = data as Partial<Wrong>;
  return { code: code ?? "ERROR", message: message ?? "The answer ended with a failure." };
}
