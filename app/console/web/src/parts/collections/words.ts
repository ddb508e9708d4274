import type { Shapes } from "../../api/client";

type Collection = Shapes["CollectionRead"];
export type Strategy = Collection["chunking_strategy"];

export function readersOf({ default_access }: Collection): string {
  return default_access === "tenant" ? "everyone here" : "those it is shared with";
}

export function mayWrite({ user_permission }: Collection): boolean {
  return user_permission === "write" || user_permission === "manage";
}

export function mayManage({ user_permission }: Collection): boolean {
  return user_permission === "manage";
}

/** What each strategy does to the same text: where its cuts would be. */
export const STRATEGIES: Record<Strategy, { name: string; says: string; cuts: string[] }> = {
  paragraph: {
    name: "By paragraph",
    says: "Whole paragraphs, put together up to the size. Good for most prose.",
    cuts: ["## Refunds\nRefunds are paid within five days.", "Send the goods back first.\n\n## Shipping\nWe ship on Mondays."],
  },
  markdown: {
    name: "By heading",
    says: "A heading stays with what is under it. Good for handbooks and wikis.",
    cuts: ["## Refunds\nRefunds are paid within five days.\nSend the goods back first.", "## Shipping\nWe ship on Mondays."],
  },
  semantic: {
    name: "By meaning",
    says: "Cuts where the subject changes. Slower: each sentence is looked at.",
    cuts: ["## Refunds\nRefunds are paid within five days. Send the goods back first.", "## Shipping\nWe ship on Mondays."],
  },
  fixed: {
    name: "By size",
    says: "Always the same number of tokens, with an overlap. Good for text without structure.",
    cuts: ["## Refunds\nRefunds are paid within", "paid within five days. Send the goods", "the goods back first. ## Shipping We ship"],
  },
  code: {
    name: "By function",
    says: "Functions and classes stay whole. Good for source code.",
    cuts: ["def refund(order):\n    return pay(order)", "def ship(order):\n    return post(order)"],
  },
};
