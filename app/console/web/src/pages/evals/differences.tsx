/** How two runs differ by every metric that both have: drawn, and in a table that says all of it. */

import type { ComponentChildren } from "preact";
import type { Shapes } from "../../api/client";
import { Badge, type Tone } from "../../parts/badge";
import { type Column, Table } from "../../parts/table";
import { MetricName } from "./metric-name";
import { inOrder, isShare, isTaking, nameOf, shown, signed } from "./metrics";
import { Key, Plot, SHARES } from "./plot";

type Difference = Shapes["EvalDifferenceRead"];

const TONES: Record<Difference["verdict"], Tone> = { better: "good", worse: "bad", same: "plain", undecided: "plain" };

export function Verdict({ of }: { of: Difference["verdict"] }) {
  return of === "same" ? <span class="quiet">the same</span> : <Badge tone={TONES[of]}>{of}</Badge>;
}

export function Differences({ metrics }: { metrics: Difference[] }) {
  const all = inOrder(metrics);
  const shares = all.filter(({ metric }) => isShare(metric));
  const taking = all.filter(({ metric, before }) => isTaking(metric) && before > 0);
  return (
    <>
      <div class="plots">
        {shares.length > 0 && <Means metrics={shares} />}
        {shares.length > 0 && (
          <Apart
            title="Difference, with its 95 % interval"
            metrics={shares}
            part={(_, value) => value}
            said={(edge) => edge.toFixed(2)}
          >
            <p class="hint">At the right of 0 the later run is better. Where the line crosses 0, it may be chance.</p>
          </Apart>
        )}
        {taking.length > 0 && (
          <Apart
            title="What answers take, in per cent of before"
            metrics={taking}
            part={(one, value) => (100 * value) / one.before}
            said={(edge) => `${Math.round(edge)} %`}
          >
            <p class="hint">At the left of 0 the later run takes less.</p>
          </Apart>
        )}
      </div>
      <Table caption="Differences" columns={COLUMNS} items={all} keyOf={({ metric }) => metric} />
    </>
  );
}

function Means({ metrics }: { metrics: Difference[] }) {
  const rows = metrics.map(({ metric, before, after, verdict }) => ({
    key: metric,
    name: nameOf(metric),
    lanes: [
      {
        line: [before, after] as [number, number],
        marks: [{ at: before, square: true }, { at: after }],
        look: verdict,
        title: `${nameOf(metric)}: ${shown(metric, before)} before, ${shown(metric, after)} after`,
      },
    ],
  }));
  return (
    <section class="card">
      <h3>Before and after</h3>
      <Plot label="Means of both runs by metric" rows={rows} from={0} to={1} ticks={SHARES}>
        <ul class="plot-keys">
          <Key look="undecided" square>
            before
          </Key>
          <Key look="undecided">after</Key>
        </ul>
      </Plot>
    </section>
  );
}

interface ApartProps {
  title: string;
  metrics: Difference[];
  part: (one: Difference, value: number) => number;
  said: (edge: number) => string;
  children: ComponentChildren;
}

function Apart({ title, metrics, part, said, children }: ApartProps) {
  const edges = metrics.flatMap((one) => [part(one, one.low), part(one, one.high), part(one, one.difference)]);
  const edge = Math.max(...edges.map(Math.abs), 0.01);
  const rows = metrics.map((one) => ({
    key: one.metric,
    name: nameOf(one.metric),
    said: <Verdict of={one.verdict} />,
    lanes: [
      {
        line: [part(one, one.low), part(one, one.high)] as [number, number],
        marks: [{ at: part(one, one.difference) }],
        look: one.verdict,
        title: `${nameOf(one.metric)}: ${signed(one.metric, one.difference)}, between ${signed(one.metric, one.low)} and ${signed(one.metric, one.high)}`,
      },
    ],
  }));
  return (
    <section class="card">
      <h3>{title}</h3>
      <Plot
        label={title}
        rows={rows}
        from={-edge}
        to={edge}
        ticks={[[-edge, `−${said(edge)}`], [0, "0"], [edge, `+${said(edge)}`]]}
      >
        {children}
      </Plot>
    </section>
  );
}

const COLUMNS: Column<Difference>[] = [
  {
    name: "Metric",
    wide: true,
    cell: MetricName,
  },
  { name: "Before", number: true, cell: ({ metric, before }) => shown(metric, before) },
  { name: "After", number: true, cell: ({ metric, after }) => shown(metric, after) },
  { name: "Difference", number: true, cell: ({ metric, difference }) => signed(metric, difference) },
  { name: "95 % between", number: true, cell: ({ metric, low, high }) => `${signed(metric, low)} and ${signed(metric, high)}` },
  { name: "Better", number: true, cell: ({ better }) => better },
  { name: "Worse", number: true, cell: ({ worse }) => worse },
  { name: "Surely", cell: ({ verdict }) => <Verdict of={verdict} /> },
];
