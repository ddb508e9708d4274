/** The cases that both runs asked the same readers, each with both answers. */

import { api, ask, type Shapes } from "../../api/client";
import { usePages } from "../../api/hooks";
import { Badge, type Tone } from "../../parts/badge";
import { useNames } from "../../parts/people";
import { Empty, Failed, Loading, Trouble } from "../../parts/states";
import { More } from "../../parts/table";
import { AnswerBody, AnswerMarks } from "./answer";
import { nameOf } from "./metrics";
import { useQuestions } from "./questions";

type Side = Shapes["EvalSideRead"];
type Comparison = Shapes["EvalComparisonRead"];
export type Direction = NonNullable<Side["change"]>;

export const DIRECTIONS: Direction[] = ["better", "worse", "mixed", "same"];
const WORDS: Record<Direction, string> = { better: "better", worse: "worse", mixed: "better and worse", same: "the same" };
const TONES: Record<Direction, Tone> = { better: "good", worse: "bad", mixed: "warn", same: "plain" };

interface SidesProps {
  of: Comparison;
  change: Direction | undefined;
  choose: (change: Direction | undefined) => void;
}

export function Sides({ of, change, choose }: SidesProps) {
  const path = { run_id: of.before.id, other_id: of.after.id };
  const pages = usePages<Side>(
    (cursor, signal) => ask(api.GET("/v1/evals/runs/{run_id}/compare/{other_id}/cases", { params: { path, query: { cursor, change, limit: 20 } }, signal })),
    [path, change],
  );
  const nameOfReader = useNames();
  const cases = useQuestions(of.after.set_id, of.after.set_version, (pages.items ?? []).map(({ case_id }) => case_id));
  return (
    <>
      <Balance of={of} />
      <div class="filters" role="group" aria-label="Which cases">
        <span class="row">
          <button type="button" aria-pressed={change === undefined} onClick={() => choose(undefined)}>
            All {of.pairs}
          </button>
          {DIRECTIONS.map((one) => (
            <button key={one} type="button" aria-pressed={change === one} onClick={() => choose(one)}>
              {WORDS[one]} {of[one]}
            </button>
          ))}
        </span>
      </div>
      {!pages.items ? (
        pages.failure ? (
          <Failed failure={pages.failure} retry={pages.reload} />
        ) : (
          <Loading what="cases" />
        )
      ) : pages.items.length === 0 ? (
        <Empty title={change ? "No case that you may see is like that." : "Both runs have no case in common."} />
      ) : (
        <>
          <Trouble failure={pages.failure} retry={pages.reload} />
          {pages.items.map((side) => (
            <article key={`${side.case_id} ${side.reader_id}`} class="card eval-answer">
              <header>
                <h3>{cases.get(side.case_id)?.question ?? side.case_id}</h3>
                <p class="quiet row">
                  <code>{side.case_id}</code>
                  <span>asked by {nameOfReader(side.reader_id)}</span>
                  {side.change && <Badge tone={TONES[side.change]}>{WORDS[side.change]}</Badge>}
                  <Moved side={side} />
                </p>
              </header>
              <div class="two sides">
                <Half name="Before" of={side.before} run={of.before.id} />
                <Half name="After" of={side.after} run={of.after.id} />
              </div>
            </article>
          ))}
          <More pages={pages} />
        </>
      )}
    </>
  );
}

function Half({ name, of, run }: { name: string; of: Side["before"]; run: string }) {
  return (
    <div>
      <h4>
        <a href={`/console/evals/runs/${run}?case=${encodeURIComponent(of.case_id)}`}>{name}</a> <AnswerMarks of={of} />
      </h4>
      <AnswerBody of={of} />
    </div>
  );
}

function Moved({ side: { changes } }: { side: Side }) {
  const said = (way: "better" | "worse") => changes.filter(({ change }) => change === way).map(({ metric }) => nameOf(metric));
  const [up, down] = [said("better"), said("worse")];
  if (up.length + down.length === 0) return null;
  return (
    <span>
      {up.length > 0 && `better by ${up.join(", ")}`}
      {up.length > 0 && down.length > 0 && "; "}
      {down.length > 0 && `worse by ${down.join(", ")}`}
    </span>
  );
}

/** How many of the cases changed which way, as one bar; the buttons below say the same. */
function Balance({ of }: { of: Comparison }) {
  if (of.pairs === 0) return null;
  let from = 0;
  return (
    <svg class="balance" viewBox="0 0 100 10" height="14" preserveAspectRatio="none" role="img" aria-label="How many cases changed; the buttons below say the same">
      {(["better", "mixed", "same", "worse"] as const).map((one) => {
        const wide = (100 * of[one]) / of.pairs;
        from += wide;
        return (
          <rect key={one} class={one} x={from - wide} y={0} width={wide} height={10}>
            <title>{`${of[one]} ${WORDS[one]}`}</title>
          </rect>
        );
      })}
    </svg>
  );
}
