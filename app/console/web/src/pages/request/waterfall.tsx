/** The steps along their time, as a picture; the table below it says the same. */

import { DEEDS, took } from "../requests/call";
import { spanOf, type Step } from "./story";

const WIDE = 1000;
const TALL = 10;
const THINNEST = 4; // a moment must be seen too

export function nameOf({ call, deed }: Step): string {
  if (call) return `${DEEDS[call.operation]} with ${call.model}`;
  return deed ? deed.action : "";
}

export function Waterfall({ steps }: { steps: Step[] }) {
  const { from, length } = spanOf(steps);
  const place = (ms: number) => (length ? (ms / length) * (WIDE - THINNEST) : 0);
  return (
    <figure class="waterfall">
      <div role="img" aria-label={`${steps.length} steps along ${took(length)}; the table below says the same`}>
        {steps.map((step) => (
          <div key={step.id} class="along">
            <span class="step" title={nameOf(step)}>
              {nameOf(step)}
            </span>
            <svg viewBox={`0 0 ${WIDE} ${TALL}`} preserveAspectRatio="none">
              <Bar step={step} x={place(step.at - from)} wide={place(step.took)} first={place(step.call?.ttft_ms ?? 0)} />
            </svg>
            <span class="length">{step.call ? took(step.took) : ""}</span>
          </div>
        ))}
      </div>
      <figcaption>
        {took(length)} from the first step to the end of the last. In the lighter part of a bar nothing had been answered yet.
      </figcaption>
    </figure>
  );
}

interface BarProps {
  step: Step;
  x: number;
  wide: number;
  /** Up to its first word. */
  first: number;
}

function Bar({ step: { call }, x, wide, first }: BarProps) {
  const width = Math.max(wide, THINNEST);
  if (!call) return <rect class="deed" x={x} y={0} width={width} height={TALL} />;
  const kind = call.outcome === "ok" ? "answering" : call.outcome;
  return (
    <>
      <rect class={kind} x={x} y={0} width={width} height={TALL} />
      {call.outcome === "ok" && first > 0 && <rect class="waiting" x={x} y={0} width={Math.min(first, width)} height={TALL} />}
    </>
  );
}
