/** One case, new or changed: the question, who asks it, and what a good answer is. */

import { useState } from "preact/hooks";
import { type Answer, api, ask, Failure, ifMatch, type Shapes } from "../../api/client";
import { useDeed } from "../../api/hooks";
import { Dialog } from "../../parts/dialog";
import { Field } from "../../parts/field";
import { Trouble } from "../../parts/states";
import { type Case, type CaseDraft, draftOf, NOTHING, written } from "./case-draft";
import { Entries } from "./entries";

interface CaseFormProps {
  setId: string;
  etag: string | null;
  /** The one that is changed; none: a new one. */
  of: Case | null;
  /** What a new one begins with. */
  start?: CaseDraft;
  saved: (done: Answer<Shapes["EvalSetChangedRead"], unknown>) => void;
  /** The set has changed meanwhile. */
  overtaken: () => void;
  close: () => void;
}

const EXPECTED: [CaseDraft["expected"][number]["by"], string][] = [
  ["document_name", "Document called"], ["document_id", "Document with the id"], ["text", "Passage that says"],
];
const FORBIDDEN: [CaseDraft["forbidden"][number]["by"], string][] = [
  ["document_name", "Document called"], ["document_id", "Document with the id"], ["phrase", "Words"],
];

export function CaseForm({ setId, etag, of, start = NOTHING, saved, overtaken, close }: CaseFormProps) {
  const [draft, setDraft] = useState<CaseDraft>(of ? draftOf(of) : start);
  const [refused, setRefused] = useState<string | null>(); // until what somebody else has changed is read
  const change = (changes: Partial<CaseDraft>) => setDraft((before) => ({ ...before, ...changes }));
  const saving = useDeed(async () => {
    const params = { path: { set_id: setId } };
    const body = { cases: [written(draft)] };
    try {
      saved(await ask(api.POST("/v1/evals/sets/{set_id}/cases", { params, body, headers: of ? ifMatch(etag) : {} })));
    } catch (thrown) {
      if (thrown instanceof Failure && thrown.status === 412) {
        setRefused(etag);
        overtaken();
      }
      throw thrown;
    }
  });
  const { failure } = saving;
  const text = (name: string, field: "id" | "reader", hint: string) => (
    <Field name={name} field={`cases.0.${field}`} failure={failure} hint={hint}>
      {(control) => (
        <input {...control} spellcheck={false} autocomplete="off" value={draft[field]} onInput={(event) => change({ [field]: event.currentTarget.value })} />
      )}
    </Field>
  );
  return (
    <Dialog title={of ? `Case ${of.id}` : "New case"} close={close} wide>
      <form onSubmit={(event) => (event.preventDefault(), void saving.run())}>
        <Field name="Question" field="cases.0.question" failure={failure}>
          {(control) => <textarea {...control} rows={2} value={draft.question} onInput={(event) => change({ question: event.currentTarget.value })} />}
        </Field>
        <div class="fields">
          {text("Who asks", "reader", "Id or address of a person; empty: whoever begins the run.")}
          {!of && text("Id", "id", "Letters, digits and . _ : -; empty: reckoned from what the case says.")}
        </div>
        <label class="choice">
          <input type="checkbox" checked={draft.must_refuse} onChange={(event) => change({ must_refuse: event.currentTarget.checked })} /> The
          right answer is that nothing was found
        </label>
        {!draft.must_refuse && <Right draft={draft} change={change} />}
        <Entries
          name="What must not be shown to this reader"
          one="Forbidden"
          items={draft.forbidden}
          change={(forbidden) => change({ forbidden })}
          fresh={{ by: "document_name" as const, value: "", grade: 1 }}
        >
          {(item, put, label) => <ByValue item={item} put={put} label={label} choices={FORBIDDEN} />}
        </Entries>
        <Entries
          name="What was said before"
          one="Turn"
          items={draft.history}
          change={(history) => change({ history })}
          fresh={{ role: "user" as const, content: "" }}
        >
          {(turn, put, label) => (
            <>
              <select aria-label={`Who says ${label.toLowerCase()}`} value={turn.role} onChange={(event) => put({ ...turn, role: event.currentTarget.value as "user" })}>
                <option value="user">Reader</option>
                <option value="assistant">Assistant</option>
              </select>
              <input aria-label={label} value={turn.content} onInput={(event) => put({ ...turn, content: event.currentTarget.value })} />
            </>
          )}
        </Entries>
        <Entries name="Tags" one="Tag" items={draft.tags} change={(tags) => change({ tags })} fresh="">
          {(tag, put, label) => <input aria-label={label} maxLength={64} value={tag} onInput={(event) => put(event.currentTarget.value)} />}
        </Entries>
        <Trouble failure={failure} />
        {failure?.status === 412 && <p>What somebody else has changed is kept; saving again puts yours beside it.</p>}
        <footer>
          <button type="button" onClick={close}>
            Cancel
          </button>
          <button type="submit" class="main" disabled={saving.busy || refused === etag || !draft.question.trim()}>
            {saving.busy ? "Saving…" : of ? "Save the case" : "Add the case"}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}

interface RightProps {
  draft: CaseDraft;
  change: (changes: Partial<CaseDraft>) => void;
}

function Right({ draft, change }: RightProps) {
  return (
    <>
      <Entries
        name="What should be found"
        one="Expected"
        hint="The grade, from 1 to 10, is how much of the answer stands in it."
        items={draft.expected}
        change={(expected) => change({ expected })}
        fresh={{ by: "document_name" as const, value: "", grade: 1 }}
      >
        {(item, put, label) => (
          <>
            <ByValue item={item} put={put} label={label} choices={EXPECTED} />
            <input
              class="grade"
              type="number"
              min={1}
              max={10}
              aria-label={`Grade of ${label.toLowerCase()}`}
              value={item.grade}
              onInput={(event) => put({ ...item, grade: event.currentTarget.valueAsNumber || 1 })}
            />
          </>
        )}
      </Entries>
      <Field name="A right answer" hint="A judge compares with it.">
        {(control) => <textarea {...control} rows={2} value={draft.reference} onInput={(event) => change({ reference: event.currentTarget.value })} />}
      </Field>
      <Entries name="What a right answer says, word for word" one="Point" items={draft.points} change={(points) => change({ points })} fresh="">
        {(point, put, label) => <input aria-label={label} value={point} onInput={(event) => put(event.currentTarget.value)} />}
      </Entries>
    </>
  );
}

interface ByValueProps<By extends string, Item extends { by: By; value: string }> {
  item: Item;
  put: (item: Item) => void;
  label: string;
  choices: [By, string][];
}

function ByValue<By extends string, Item extends { by: By; value: string }>({ item, put, label, choices }: ByValueProps<By, Item>) {
  return (
    <>
      <select aria-label={`Kind of ${label.toLowerCase()}`} value={item.by} onChange={(event) => put({ ...item, by: event.currentTarget.value as By })}>
        {choices.map(([by, name]) => (
          <option key={by} value={by}>
            {name}
          </option>
        ))}
      </select>
      <input aria-label={label} value={item.value} onInput={(event) => put({ ...item, value: event.currentTarget.value })} />
    </>
  );
}
