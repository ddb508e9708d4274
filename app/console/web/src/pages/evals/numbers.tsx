/** A run in numbers, by metric and reader: drawn with their intervals, and all of it in a table. */

import type { Shapes } from "../../api/client";
import { useNames } from "../../parts/people";
import { type Column, Table } from "../../parts/table";
import { MetricName } from "./metric-name";
import { inOrder, isShare, nameOf, shown } from "./metrics";
import { Key, type Lane, Plot, SHARES } from "./plot";

type Summary = Shapes["EvalSummaryRead"];
type Metric = Shapes["EvalMetricRead"];

const MOST_READERS = 4;

interface NumbersProps {
  summaries: Summary[];
  /** Whose numbers stand beside everybody's, where there are more readers than fit. */
  reader: string | undefined;
  choose: (reader: string) => void;
}

export function Numbers({ summaries, reader, choose }: NumbersProps) {
  const nameOfReader = useNames();
  const everybody = summaries.find(({ reader_id }) => reader_id === null);
  if (!everybody || everybody.metrics.length === 0) return <p>No answer has come that you may see.</p>;
  const readers = summaries.filter(({ reader_id }) => reader_id !== null);
  const many = readers.length > MOST_READERS;
  const beside = many ? readers.filter(({ reader_id }) => reader_id === reader) : readers.length > 1 ? readers : [];
  const columns = [everybody, ...beside];
  const name = ({ reader_id }: Summary) => (reader_id === null ? "Everybody" : nameOfReader(reader_id));
  const metrics = inOrder(everybody.metrics);
  const rows = metrics.filter(({ metric }) => isShare(metric)).map(({ metric }) => ({
    key: metric,
    name: nameOf(metric),
    lanes: columns.map((one, look) => laneOf(one, metric, look, name(one))),
  }));
  return (
    <>
      {many && (
        <label class="field beside-reader">
          <span class="field-name">Beside everybody</span>
          <select value={reader ?? ""} onChange={(event) => choose(event.currentTarget.value)}>
            <option value="">nobody</option>
            {readers.map((one) => (
              <option key={one.reader_id} value={one.reader_id ?? ""}>
                {name(one)}
              </option>
            ))}
          </select>
        </label>
      )}
      {rows.length > 0 && (
        <Plot label="Every metric by reader with its 95 % interval" rows={rows} from={0} to={1} ticks={SHARES}>
          <ul class="plot-keys">
            {columns.map((one, look) => (
              <Key key={one.reader_id} look={`look-${look}`}>
                {name(one)}
              </Key>
            ))}
          </ul>
          {columns.length > 1 && <p class="hint">In each row from above to below in this order.</p>}
        </Plot>
      )}
      <Table caption="Numbers of the run" columns={columnsOf(columns, name)} items={metrics} keyOf={({ metric }) => metric} />
      <p class="hint">
        Each number with what it lies between with 95 % confidence, and how many answers it is of.{" "}
        {metrics.some(({ judged }) => judged) && "What is marked as judged is what a model says of the answers, not a measurement."}
      </p>
    </>
  );
}

function laneOf(one: Summary, metric: string, look: number, whose: string): Lane {
  const said = one.metrics.find((other) => other.metric === metric);
  if (!said) return { marks: [], look: `look-${look}`, title: `${whose}: not measured` };
  const words = `${whose}: ${shown(metric, said.value)}, between ${shown(metric, said.low)} and ${shown(metric, said.high)}`;
  return { line: [said.low, said.high], marks: [{ at: said.value }], look: `look-${look}`, title: words };
}

function columnsOf(summaries: Summary[], name: (one: Summary) => string): Column<Metric>[] {
  return [
    {
      name: "Metric",
      wide: true,
      cell: MetricName,
    },
    ...summaries.map((one) => ({
      name: name(one),
      number: true,
      cell: ({ metric }: Metric) => <Value said={one.metrics.find((other) => other.metric === metric)} />,
    })),
  ];
}

function Value({ said }: { said: Metric | undefined }) {
  if (!said) return <span class="quiet">—</span>;
  return (
    <span class="metric">
      <strong>{shown(said.metric, said.value)}</strong>
      <span class="quiet">
        {shown(said.metric, said.low)} – {shown(said.metric, said.high)} · n {said.n}
      </span>
    </span>
  );
}
