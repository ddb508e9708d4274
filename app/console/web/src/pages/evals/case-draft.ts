/** A case as it stands in a form, and back. */

import type { Shapes } from "../../api/client";

export type Case = Shapes["EvalCaseRead"];
export type CaseWrite = Shapes["EvalCaseWrite"];

export type ExpectedBy = "document_name" | "document_id" | "text";
export type ForbiddenBy = "document_name" | "document_id" | "phrase";

export interface Wanted<By> {
  by: By;
  value: string;
  grade: number;
}

export interface CaseDraft {
  id: string;
  question: string;
  history: { role: "user" | "assistant"; content: string }[];
  reader: string;
  expected: Wanted<ExpectedBy>[];
  reference: string;
  points: string[];
  must_refuse: boolean;
  forbidden: Wanted<ForbiddenBy>[];
  tags: string[];
}

export const NOTHING: CaseDraft = {
  id: "", question: "", history: [], reader: "", expected: [], reference: "", points: [], must_refuse: false, forbidden: [], tags: [],
};

export function draftOf(one: Case): CaseDraft {
  return {
    ...one,
    history: one.history.map(({ role, content }) => ({ role: role === "assistant" ? "assistant" : "user", content })),
    reader: one.reader ?? "",
    reference: one.reference ?? "",
    expected: one.expected.map((said) => wanted(["document_name", "document_id", "text"], said, said.grade)),
    forbidden: one.forbidden.map((said) => wanted(["document_name", "document_id", "phrase"], said, 1)),
  };
}

/** Of several fields the one that is said. */
function wanted<By extends string>(fields: By[], said: Partial<Record<By, string | null>>, grade: number): Wanted<By> {
  const by = fields.find((field) => said[field] !== null && said[field] !== undefined) ?? fields[0]!;
  return { by, value: said[by] ?? "", grade };
}

/** What the API is told; what was left empty is left out. */
export function written(draft: CaseDraft): CaseWrite {
  const { id, question, history, reader, must_refuse, forbidden } = draft;
  const right = must_refuse
    ? {}
    : {
        expected: draft.expected.filter(({ value }) => value.trim()).map(({ by, value, grade }) => ({ [by]: value, grade })),
        reference: draft.reference.trim() ? draft.reference : null,
        points: draft.points.filter((point) => point.trim()),
      };
  return {
    ...(id.trim() ? { id: id.trim() } : {}),
    question,
    history: history.filter(({ content }) => content.trim()),
    reader: reader.trim() || null,
    must_refuse,
    ...right,
    forbidden: forbidden.filter(({ value }) => value.trim()).map(({ by, value }) => ({ [by]: value })),
    tags: draft.tags.filter((tag) => tag.trim()).map((tag) => tag.trim()),
  } as CaseWrite;
}
