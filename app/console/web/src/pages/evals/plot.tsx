/** Marks and intervals in rows, drawn as SVG; whoever sees none of it has the table that it belongs to. */

import type { ComponentChildren } from "preact";

const TALL = 14;

/** Where a scale of shares is marked. */
export const SHARES: [at: number, name: string][] = [[0, "0"], [0.25, "¼"], [0.5, "½"], [0.75, "¾"], [1, "1"]];

export interface Lane {
  /** From where to where a line goes. */
  line?: [number, number];
  marks: { at: number; square?: boolean }[];
  look: string;
  title: string;
}

interface PlotProps {
  label: string;
  rows: { key: string; name: ComponentChildren; lanes: Lane[]; said?: ComponentChildren }[];
  from: number;
  to: number;
  ticks: [at: number, name: string][];
  children?: ComponentChildren;
}

export function Plot({ label, rows, from, to, ticks, children }: PlotProps) {
  const x = (value: number) => Math.round((10_000 * (Math.min(to, Math.max(from, value)) - from)) / (to - from)) / 100;
  return (
    <figure class="plot">
      <div role="img" aria-label={`${label}; the table below says the same`}>
        {rows.map(({ key, name, lanes, said }) => (
          <div key={key} class={said ? "plot-row said" : "plot-row"}>
            <span class="plot-name">{name}</span>
            <Lanes lanes={lanes} x={x} ticks={ticks.map(([at]) => at)} />
            {said && <span class="plot-said">{said}</span>}
          </div>
        ))}
        <div class={rows.some(({ said }) => said) ? "plot-row said" : "plot-row"}>
          <span />
          <span class="plot-ticks quiet">
            {ticks.map(([at, name]) => (
              <span key={at}>{name}</span>
            ))}
          </span>
        </div>
      </div>
      {children && <figcaption>{children}</figcaption>}
    </figure>
  );
}

interface LanesProps {
  lanes: Lane[];
  x: (value: number) => number;
  ticks: number[];
}

function Lanes({ lanes, x, ticks }: LanesProps) {
  const tall = lanes.length * TALL + 8;
  return (
    <svg viewBox={`0 0 100 ${tall}`} height={tall} preserveAspectRatio="none" aria-hidden="true">
      {ticks.map((at) => (
        <path key={at} class={at === 0 ? "grid zero" : "grid"} d={`M${x(at)} 0v${tall}`} />
      ))}
      {lanes.map(({ line, marks, look, title }, number) => {
        const y = number * TALL + TALL / 2 + 4;
        return (
          <g key={number} class={`lane ${look}`}>
            <title>{title}</title>
            {line && <path class="line" d={`M${x(line[0])} ${y}H${x(line[1])}`} />}
            {marks.map(({ at, square }, mark) => (
              <path key={mark} class={square ? "mark square" : "mark"} d={`M${x(at)} ${y}h0`} />
            ))}
          </g>
        );
      })}
    </svg>
  );
}

/** What a mark means, by the same mark. */
export function Key({ look, square = false, children }: { look: string; square?: boolean; children: ComponentChildren }) {
  return (
    <li>
      <svg class={`lane ${look}`} viewBox="0 0 28 14" width="28" height="14" aria-hidden="true">
        {!square && <path class="line" d="M3 7H25" />}
        <path class={square ? "mark square" : "mark"} d="M14 7h0" />
      </svg>{" "}
      {children}
    </li>
  );
}
