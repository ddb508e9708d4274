import type { Shapes } from "../../api/client";

export const STAGES: Record<Shapes["SearchStage"], string> = {
  access: "who may read what",
  embedding: "embedding",
  graph: "graph",
  vector: "meaning",
  keyword: "words",
  passages: "passages",
  rerank: "second look",
  share: "ScaiDrive",
  model: "thinking of better questions",
  rest: "the rest",
};

/** What the time went into on the server; the way there and back is not in it. */
export function TookLine({ took }: { took: Shapes["TookRead"] }) {
  return (
    <p class="quiet took">
      {took.total_ms} ms on the server: {took.stages.map(({ stage, ms }) => `${STAGES[stage]} ${ms}`).join(" · ")}
    </p>
  );
}
