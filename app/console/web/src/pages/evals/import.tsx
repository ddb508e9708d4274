/** Cases out of a file, in place of all that the set asks; or out of requests that an application has kept, beside it. */

import { useState } from "preact/hooks";
import { api, ask, Failure, fetchRaw, type Shapes } from "../../api/client";
import { useDeed } from "../../api/hooks";
import { Dialog } from "../../parts/dialog";
import { Field } from "../../parts/field";
import { count, plural } from "../../parts/numbers";
import { Trouble } from "../../parts/states";
import { say } from "../../parts/toast";

type EvalSet = Shapes["EvalSetRead"];
type Changed = Shapes["EvalSetChangedRead"];

interface ImportProps {
  set: EvalSet;
  etag: string | null;
  done: () => void;
  close: () => void;
}

export function ImportFile({ set, etag, done, close }: ImportProps) {
  const [file, setFile] = useState<File>();
  const [note, setNote] = useState("");
  const importing = useDeed(async () => {
    if (!file) return;
    const form = file.name.toLowerCase().endsWith(".csv") ? "text/csv" : "application/x-ndjson";
    const said = note.trim() ? `?${new URLSearchParams({ note: note.trim() })}` : "";
    const headers = { "Content-Type": form, ...(etag ? { "If-Match": etag } : {}) };
    const response = await fetchRaw(`/v1/evals/sets/${encodeURIComponent(set.id)}/file${said}`, { method: "PUT", body: file, headers });
    const { data } = (await response.json()) as { data: Changed };
    say(told(data));
    done();
  });
  return (
    <Dialog title="Import a file" close={close}>
      <form onSubmit={(event) => (event.preventDefault(), void importing.run())}>
        <p>
          A <code>.jsonl</code> file has a case as JSON on each line; a <code>.csv</code> file names its columns in its first line.{" "}
          {set.case_count > 0 && (
            <strong>
              The set then asks what the file says and nothing else: {set.case_count === 1 ? "the case" : `of its ${count(set.case_count)} cases, those`}{" "}
              that the file has not {set.case_count === 1 ? "goes" : "go"}. The version before stays as it was.
            </strong>
          )}
        </p>
        <Field name="File">
          {(control) => (
            <input {...control} type="file" accept=".jsonl,.ndjson,.csv" onChange={(event) => setFile(event.currentTarget.files?.[0])} />
          )}
        </Field>
        <Note note={note} put={setNote} />
        <Complaints failure={importing.failure} />
        <footer>
          <button type="button" onClick={close}>
            Cancel
          </button>
          <button type="submit" class="main" disabled={!file || importing.busy}>
            {importing.busy ? "Reading…" : "Import"}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}

export function FromRequests({ set, done, close }: Omit<ImportProps, "etag">) {
  const [text, setText] = useState("");
  const [tag, setTag] = useState("past");
  const [note, setNote] = useState("");
  const read = requestsIn(text);
  const taking = useDeed(async () => {
    const body = { requests: read ?? [], tags: tag.trim() ? [tag.trim()] : [], ...(note.trim() ? { note: note.trim() } : {}) };
    const { data } = await ask(api.POST("/v1/evals/sets/{set_id}/from-requests", { params: { path: { set_id: set.id } }, body }));
    say(told(data));
    done();
  });
  const wrong = text.trim() !== "" && read === null;
  return (
    <Dialog title="Cases of past requests" close={close} wide>
      <form onSubmit={(event) => (event.preventDefault(), void taking.run())}>
        <p>
          The platform keeps nobody's questions. What your application has kept becomes cases: the last user message is the question, what came
          before it its history. What is right, somebody has yet to say.
        </p>
        <Field
          name="Requests"
          field="requests"
          failure={taking.failure}
          hint={
            wrong ? (
              "This is no JSON yet: an object with messages on each line, or a list of them."
            ) : (
              <>
                One on each line, or a list: <code>{'{"messages": [{"role": "user", "content": "…"}], "reader": "ben@…"}'}</code>
              </>
            )
          }
        >
          {(control) => (
            <textarea {...control} rows={8} spellcheck={false} aria-invalid={wrong || control["aria-invalid"]} value={text} onInput={(event) => setText(event.currentTarget.value)} />
          )}
        </Field>
        <Field name="Tag of these cases">{(control) => <input {...control} maxLength={64} value={tag} onInput={(event) => setTag(event.currentTarget.value)} />}</Field>
        <Note note={note} put={setNote} />
        <Complaints failure={taking.failure} />
        <footer>
          <button type="button" onClick={close}>
            Cancel
          </button>
          <button type="submit" class="main" disabled={!read?.length || taking.busy}>
            {taking.busy ? "Making…" : read?.length ? `Make cases of ${plural(read.length, "request")}` : "Make cases"}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}

function Note({ note, put }: { note: string; put: (note: string) => void }) {
  return (
    <Field name="Note" hint="What is to be said of the version.">
      {(control) => <input {...control} maxLength={255} value={note} onInput={(event) => put(event.currentTarget.value)} />}
    </Field>
  );
}

/** Everything that is wrong with a file, line by line; nothing of it was taken. */
function Complaints({ failure }: { failure: Failure | undefined }) {
  if (!failure?.details.length || failure.details.length === 1) return <Trouble failure={failure} />;
  return (
    <div class="trouble" role="alert">
      <p>
        Nothing was taken. <code>{failure.code}</code>
      </p>
      <ul>
        {failure.details.map(({ field, message }) => (
          <li key={`${field} ${message}`}>
            <code>{field}</code> {message}
          </li>
        ))}
      </ul>
    </div>
  );
}

function told({ version, added, changed, removed }: Changed): string {
  if (added + changed + removed === 0) return "Nothing was different.";
  return `Version ${version.version}: ${count(added)} new, ${count(changed)} changed, ${count(removed)} gone.`;
}

type Request = Shapes["PastRequestWrite"];

/** Null where it cannot be read as requests. */
function requestsIn(text: string): Request[] | null {
  const said = text.trim();
  const all = parsed(said) ?? said.split("\n").filter((line) => line.trim()).map(parsed);
  const list = Array.isArray(all) ? all.flat() : [all];
  const good = list.every((one) => typeof one === "object" && one !== null && Array.isArray((one as Request).messages));
  return said && good ? (list as Request[]) : null;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
