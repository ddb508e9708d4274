/** What the fields of a persona that have only some values are to be read as. */

import type { Draft } from "./draft";

export const STRATEGIES: [Draft["rag_strategy"], string][] = [
  ["single_step", "Single step: one search"],
  ["multi_step", "Multi step: asks better after the first"],
  ["agentic", "Agentic: searches and reads by itself"],
];

export const SEARCHES: [Draft["rag_search_type"], string][] = [
  ["vector", "By meaning"],
  ["keyword", "By words"],
  ["hybrid", "By both"],
  ["combined", "By both, and the graph"],
];

export const GROUNDINGS: [Draft["grounding"], string][] = [
  ["permissive", "Answers from what its model knows"],
  ["strict", "Says so instead of guessing"],
];

export const STATES: [Draft["status"], string][] = [
  ["draft", "Draft"],
  ["active", "Active"],
  ["archived", "Archived: unpublishes it"],
];

export const MESSAGES: [Draft["status_messages_mode"], string][] = [
  ["none", "None"],
  ["standard", "The usual ones"],
  ["custom", "Its own"],
];
