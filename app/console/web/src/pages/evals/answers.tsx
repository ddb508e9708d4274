/** The answers of a run, in the order of its set; which of them, stands in the address. */

import type { Pages } from "../../api/hooks";
import { Field } from "../../parts/field";
import { useNames } from "../../parts/people";
import { Empty, Failed, Loading, Trouble } from "../../parts/states";
import { More } from "../../parts/table";
import { AnswerBody, AnswerMarks, type Answered } from "./answer";
import { isShare, nameOf } from "./metrics";
import { useQuestions } from "./questions";
import type { Run } from "./run-state";

export const ONLY = {
  all: "All",
  leaked: "Leaks",
  failed: "Without an answer",
  refused: "That say nothing was found",
} as const;
export type Only = keyof typeof ONLY;

export interface Wanted {
  only: Only;
  reader: string;
  case: string;
  /** By this metric worth less than 1. */
  below: string;
}

export function wantedOf(query: Record<string, string>): Wanted {
  const only = Object.keys(ONLY).find((one) => one === query.only) as Only | undefined;
  return { only: only ?? "all", reader: query.reader ?? "", case: query.case ?? "", below: query.below ?? "" };
}

/** The API's own words for it. */
export function queryOf({ only, reader, case: case_id, below }: Wanted) {
  return {
    ...(only === "leaked" ? { leaked: true } : only === "failed" ? { stage: "failed" as const } : only === "refused" ? { refused: true } : {}),
    ...(reader ? { reader_id: reader } : {}),
    ...(case_id ? { case_id } : {}),
    ...(below ? { metric: below, below: 1 } : {}),
  };
}

interface AnswersProps {
  run: Run;
  readers: string[];
  metrics: string[];
  wanted: Wanted;
  choose: (changes: Partial<Wanted>) => void;
  pages: Pages<Answered>;
}

export function Answers({ run, readers, metrics, wanted, choose, pages }: AnswersProps) {
  const nameOfReader = useNames();
  const cases = useQuestions(run.set_id, run.set_version, (pages.items ?? []).map(({ case_id }) => case_id));
  const narrowed = wanted.only !== "all" || wanted.reader || wanted.case || wanted.below;
  return (
    <>
      <div class="fields">
        <Choice name="Show" value={wanted.only} choices={Object.entries(ONLY)} choose={(only) => choose({ only: only as Only })} />
        {readers.length > 1 && (
          <Choice
            name="Asked by"
            value={wanted.reader}
            choices={[["", "Anybody"], ...readers.map((id): [string, string] => [id, nameOfReader(id)])]}
            choose={(reader) => choose({ reader })}
          />
        )}
        <Choice
          name="Not perfect by"
          value={wanted.below}
          choices={[["", "Any metric or none"], ...metrics.filter(isShare).map((one): [string, string] => [one, nameOf(one)])]}
          choose={(below) => choose({ below })}
        />
      </div>
      {wanted.case && (
        <p class="row">
          <span>
            Only the case <code>{wanted.case}</code>.
          </span>
          <button type="button" onClick={() => choose({ case: "" })}>
            Show all cases
          </button>
        </p>
      )}
      {!pages.items ? (
        pages.failure ? (
          <Failed failure={pages.failure} retry={pages.reload} />
        ) : (
          <Loading what="answers" />
        )
      ) : pages.items.length === 0 ? (
        <Empty title={narrowed ? "None of the answers you may see is like that." : "There is no answer here."}>
          {narrowed && (
            <p>
              <button type="button" onClick={() => choose({ only: "all", reader: "", case: "", below: "" })}>
                Show all
              </button>
            </p>
          )}
        </Empty>
      ) : (
        <>
          <Trouble failure={pages.failure} retry={pages.reload} />
          {pages.items.map((answer) => (
            <article key={answer.position} class={answer.leaked ? "card eval-answer leaked" : "card eval-answer"}>
              <header>
                <h3>{cases.get(answer.case_id)?.question ?? answer.case_id}</h3>
                <p class="quiet row">
                  <code>{answer.case_id}</code>
                  <span>asked by {nameOfReader(answer.reader_id)}</span>
                  <AnswerMarks of={answer} />
                </p>
              </header>
              <AnswerBody of={answer} />
            </article>
          ))}
          <More pages={pages} />
        </>
      )}
    </>
  );
}

interface ChoiceProps {
  name: string;
  value: string;
  choices: [string, string][];
  choose: (value: string) => void;
}

export function Choice({ name, value, choices, choose }: ChoiceProps) {
  return (
    <Field name={name}>
      {(control) => (
        <select {...control} value={value} onChange={(event) => choose(event.currentTarget.value)}>
          {choices.map(([one, words]) => (
            <option key={one} value={one}>
              {words}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}
