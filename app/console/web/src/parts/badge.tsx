import type { ComponentChildren } from "preact";

export type Tone = "good" | "busy" | "warn" | "bad" | "plain";
const SIGNS: Record<Tone, string> = { good: "✓", busy: "↻", warn: "!", bad: "✕", plain: "" };

/** A word with a tone; the sign and the word say it without the colour. */
export function Badge({ tone = "plain", children }: { tone?: Tone; children: ComponentChildren }) {
  return (
    <span class={`badge ${tone}`}>
      {SIGNS[tone] && (
        <span class="sign" aria-hidden="true">
          {SIGNS[tone]}
        </span>
      )}
      {children}
    </span>
  );
}
