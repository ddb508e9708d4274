/** The fields of a persona as they stand in the form, and what of them differs from what is saved. */

import type { Shapes } from "../../api/client";

export type Persona = Shapes["PersonaRead"];
export type Changes = Shapes["PersonaPatch"];

const FIELDS = [
  "name", "slug", "description", "model_slug", "system_prompt", "rag_enabled", "rag_strategy", "rag_top_k", "rag_min_score",
  "rag_search_type", "rag_context_template", "grounding", "status_messages_mode", "rag_status_messages", "default_params",
  "status", "metadata",
] as const;

export type Draft = Pick<Persona, (typeof FIELDS)[number]>;

/** What one reads of fields in a conflict. */
export const NAMES: Record<keyof Draft, string> = {
  name: "Name", slug: "Slug", description: "Description", model_slug: "Model", system_prompt: "Instructions",
  rag_enabled: "Reads its sources", rag_strategy: "Strategy", rag_top_k: "Passages at most", rag_min_score: "Minimum score",
  rag_search_type: "Search", rag_context_template: "Template", grounding: "With nothing found",
  status_messages_mode: "Messages while it looks", rag_status_messages: "Its own messages", default_params: "Parameters",
  status: "Status", metadata: "Metadata",
};

export function draftOf(persona: Persona): Draft {
  return Object.fromEntries(FIELDS.map((field) => [field, persona[field]])) as unknown as Draft;
}

export function differing(draft: Draft, saved: Draft): (keyof Draft)[] {
  return FIELDS.filter((field) => JSON.stringify(draft[field]) !== JSON.stringify(saved[field]));
}

export function changesOf(draft: Draft, saved: Draft): Changes {
  return Object.fromEntries(differing(draft, saved).map((field) => [field, draft[field]])) as Changes;
}

export function shown(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
