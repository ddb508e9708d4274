import { useEffect, useRef } from "preact/hooks";
import { count } from "../numbers";
import type { Chunk } from "./passage";

interface ChunkListProps {
  chunks: Chunk[];
  lit: string | null;
  choose: (id: string) => void;
}

/** The chunks in their order; the one that is lit stands where it can be seen. */
export function ChunkList({ chunks, lit, choose }: ChunkListProps) {
  const here = useRef<HTMLLIElement>(null);
  useEffect(() => here.current?.scrollIntoView({ block: "nearest" }), [lit]);
  return (
    <ol class="chunks">
      {chunks.map((chunk, index) => {
        const before = chunks[index - 1];
        const overlap = before ? Math.max(0, before.end - chunk.start) : 0;
        return (
          <li key={chunk.id} ref={chunk.id === lit ? here : null} class={chunk.id === lit ? `lit chunk-${index % 2}` : `chunk-${index % 2}`}>
            <button type="button" class="plain" aria-pressed={chunk.id === lit} onClick={() => choose(chunk.id)}>
              {chunk.chunk_index + 1}
              {chunk.page && ` · p. ${chunk.page}`}
              {chunk.section && ` · ${chunk.section}`}
            </button>
            <p>{chunk.content}</p>
            <p class="quiet">
              {count(chunk.end - chunk.start)} characters{overlap > 0 && `, ${count(overlap)} of them also before`}
            </p>
          </li>
        );
      })}
    </ol>
  );
}
