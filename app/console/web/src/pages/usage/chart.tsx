/** Stacked bars by day. They illustrate the table below, which says everything they show. */

import { type Measure, MEASURES, today } from "./asked";
import { said, sized, type Sum } from "./sums";

const COLOURED = 5;
const TALL = 100;
const WIDE = 10;
const GAP = 2;

interface ChartProps {
  sums: Sum[];
  days: string[];
  show: Measure;
  nameOf: (key: string | null) => string;
}

interface Part {
  name: string;
  sums: Sum[];
}

export function Chart({ sums, days, show, nameOf }: ChartProps) {
  const parts = partsOf(sums, show, nameOf);
  const byDay = days.map((day) => sums.filter((sum) => sum.period_start.startsWith(day)));
  const most = byDay.reduce((most, held) => (sized(held, show) > sized(most, show) ? held : most), []);
  const height = sized(most, show);
  const [first = "", last = ""] = [days[0], days.at(-1)];
  const what = MEASURES[show];
  return (
    <figure class="chart">
      <p class="quiet most">Most in a day: {said(most, show)}</p>
      <svg
        role="img"
        aria-label={`${what} by day from ${first} to ${last}; the table below says the same`}
        viewBox={`0 0 ${days.length * WIDE} ${TALL}`}
        preserveAspectRatio="none"
      >
        {days.map((day, at) => (
          <Bar key={day} at={at} day={day} parts={parts} height={height} show={show} />
        ))}
      </svg>
      <p class="axis quiet">
        <span>{first}</span>
        {first !== last && <span>{last === today() ? `${last}, still counting` : last}</span>}
      </p>
      <figcaption>
        <ul class="legend">
          {parts.map((part, at) => (
            <li key={part.name}>
              <span class={`swatch part-${at}`} aria-hidden="true" />
              {part.name} <span class="quiet">{said(part.sums, show)}</span>
            </li>
          ))}
        </ul>
      </figcaption>
    </figure>
  );
}

interface BarProps {
  at: number;
  day: string;
  parts: Part[];
  height: number;
  show: Measure;
}

function Bar({ at, day, parts, height, show }: BarProps) {
  let top = TALL;
  const pieces = parts.map((part, number) => {
    const held = part.sums.filter((sum) => sum.period_start.startsWith(day));
    const tall = height ? (sized(held, show) / height) * TALL : 0;
    top -= tall;
    return { part, number, held, top, tall };
  });
  const place = { x: at * WIDE + GAP / 2, width: WIDE - GAP };
  return (
    <g>
      {pieces.map(({ part, number, held, top, tall }) =>
        tall > 0 ? (
          <rect key={number} class={`part-${number}`} {...place} y={top} height={tall}>
            <title>{`${day}: ${part.name}, ${said(held, show)}`}</title>
          </rect>
        ) : null,
      )}
      {day === today() && <rect class="counting" {...place} y={0} height={TALL} />}
    </g>
  );
}

/** The largest each for itself, and the others together. */
function partsOf(sums: Sum[], show: Measure, nameOf: (key: string | null) => string): Part[] {
  const byKey = new Map<string | null, Sum[]>();
  for (const sum of sums) byKey.set(sum.key, [...(byKey.get(sum.key) ?? []), sum]);
  const parts = [...byKey].map(([key, held]) => ({ name: nameOf(key), sums: held }));
  parts.sort((one, other) => sized(other.sums, show) - sized(one.sums, show));
  if (parts.length <= COLOURED + 1) return parts;
  const others = parts.slice(COLOURED);
  return [...parts.slice(0, COLOURED), { name: `${others.length} others`, sums: others.flatMap((part) => part.sums) }];
}
