/** One set: what it asks, its versions, and the runs of it. */

import { useLocation, useRoute } from "preact-iso";
import { useState } from "preact/hooks";
import { api, ask, ifMatch, type Shapes } from "../api/client";
import { useDeed, useQuery } from "../api/hooks";
import { permits, useMe } from "../api/me";
import { AsCode } from "../parts/as-code";
import { CopyId } from "../parts/copy";
import { Confirm, Dialog } from "../parts/dialog";
import { Field } from "../parts/field";
import { plural } from "../parts/numbers";
import { Page } from "../parts/page";
import { save } from "../parts/saving";
import { Empty, Failed, Loading, Trouble } from "../parts/states";
import { Tabs } from "../parts/tabs";
import { CasesTable } from "./evals/cases-table";
import { FromRequests, ImportFile } from "./evals/import";
import { RunsTable } from "./evals/runs-table";
import { useTitles } from "./evals/titles";
import { Versions } from "./evals/versions";
import "./evals.css";

type EvalSet = Shapes["EvalSetRead"];

const SET = "/v1/evals/sets/{set_id}";
const TRAIL = [{ name: "Evals", href: "/console/evals" }];
const TABS = [
  { id: "cases", name: "Cases" },
  { id: "runs", name: "Runs" },
  { id: "versions", name: "Versions" },
];

export default function EvalSetPage() {
  const id = useRoute().params.id ?? "";
  return <One key={id} id={id} />;
}

function One({ id }: { id: string }) {
  const found = useQuery<EvalSet>((signal) => ask(api.GET(SET, { params: { path: { set_id: id } }, signal })), [id]);
  if (!found.data)
    return (
      <Page title="Set" trail={TRAIL}>
        {found.failure ? <Failed failure={found.failure} retry={found.reload} /> : <Loading what="the set" />}
      </Page>
    );
  return <Shown set={found.data} etag={found.answer?.etag ?? null} changed={found.reload} />;
}

interface ShownProps {
  set: EvalSet;
  etag: string | null;
  changed: () => void;
}

function Shown({ set, etag, changed }: ShownProps) {
  const { query, route } = useLocation();
  const tests = permits(useMe(), "scaipersona:test");
  const [open, setOpen] = useState<"import" | "requests" | "rename" | "delete">();
  const titles = useTitles();
  const asked = Number(query.version);
  const version = asked > 0 && asked !== set.version ? asked : undefined;
  const tab = TABS.find(({ id }) => id === query.tab)?.id ?? "cases";
  const saving = useDeed((format: "jsonl" | "csv") => {
    const wanted = new URLSearchParams({ format, ...(version ? { version: String(version) } : {}) });
    return save(`/v1/evals/sets/${set.id}/export?${wanted}`, `${set.slug}-v${version ?? set.version}.${format}`);
  });
  const close = () => setOpen(undefined);
  const done = () => (close(), changed());
  return (
    <Page
      title={set.name}
      trail={TRAIL}
      lead={set.description || undefined}
      actions={
        tests && (
          <>
            <button type="button" onClick={() => setOpen("import")}>
              Import…
            </button>
            <button type="button" onClick={() => setOpen("requests")}>
              From requests…
            </button>
            <button type="button" onClick={() => setOpen("rename")}>
              Rename…
            </button>
            <button type="button" class="danger" onClick={() => setOpen("delete")}>
              Delete…
            </button>
            {set.case_count > 0 && (
              <a class="button main" href={`/console/evals/begin?set=${set.id}${version ? `&version=${version}` : ""}`}>
                Run it
              </a>
            )}
          </>
        )
      }
    >
      <p class="facts">
        <span>{plural(set.case_count, "case")}</span>
        {set.version && <span>version {set.version}</span>}
        <CopyId id={set.id} />
        {set.version && (
          <>
            <button type="button" class="plain" disabled={saving.busy} onClick={() => void saving.run("jsonl")}>
              Export as JSONL
            </button>
            <button type="button" class="plain" disabled={saving.busy} onClick={() => void saving.run("csv")}>
              Export as CSV
            </button>
          </>
        )}
      </p>
      <Trouble failure={saving.failure} />
      <Tabs name="About the set" tabs={TABS} shown={tab} show={(next) => route(`/console/evals/sets/${set.id}?tab=${next}`, true)}>
        {tab === "cases" && (
          <>
            {version && (
              <p class="notice">
                This is version {version}, as it was. <a href={`/console/evals/sets/${set.id}`}>Go to version {set.version}, the newest</a>
              </p>
            )}
            <CasesTable set={set} etag={etag} version={version} mayChange={tests && !version} changed={changed} />
            {set.version && (
              <AsCode
                call={{
                  method: "GET",
                  path: `/v1/evals/sets/${set.id}/export?format=jsonl${version ? `&version=${version}` : ""}`,
                  cli: `scaigrid evals sets export ${set.slug} > ${set.slug}.jsonl`,
                }}
              />
            )}
          </>
        )}
        {tab === "versions" && <Versions set={set} />}
        {tab === "runs" && (
          <RunsTable
            of={{ set_id: set.id }}
            titles={titles}
            empty={
              <Empty title="It has not been run yet.">
                {tests && set.case_count > 0 && (
                  <p>
                    <a href={`/console/evals/begin?set=${set.id}`}>Put it to an assistant</a>
                  </p>
                )}
              </Empty>
            }
          />
        )}
      </Tabs>
      {open === "import" && <ImportFile set={set} etag={etag} done={done} close={close} />}
      {open === "requests" && <FromRequests set={set} done={done} close={close} />}
      {open === "rename" && <Rename set={set} etag={etag} done={done} close={close} />}
      {open === "delete" && <Delete set={set} close={close} />}
    </Page>
  );
}

interface RenameProps {
  set: EvalSet;
  etag: string | null;
  done: () => void;
  close: () => void;
}

function Rename({ set, etag, done, close }: RenameProps) {
  const [said, setSaid] = useState({ name: set.name, slug: set.slug, description: set.description });
  const saving = useDeed(async () => {
    await ask(api.PATCH(SET, { params: { path: { set_id: set.id } }, body: said, headers: ifMatch(etag) }));
    done();
  });
  const field = (name: string, at: keyof typeof said) => (
    <Field name={name} field={at} failure={saving.failure}>
      {(control) => <input {...control} value={said[at]} onInput={(event) => setSaid({ ...said, [at]: event.currentTarget.value })} />}
    </Field>
  );
  return (
    <Dialog title="Rename the set" close={close}>
      <form onSubmit={(event) => (event.preventDefault(), void saving.run())}>
        {field("Name", "name")}
        {field("Slug", "slug")}
        {field("Description", "description")}
        <Trouble failure={saving.failure} />
        <footer>
          <button type="button" onClick={close}>
            Cancel
          </button>
          <button type="submit" class="main" disabled={saving.busy || !said.name.trim()}>
            Save
          </button>
        </footer>
      </form>
    </Dialog>
  );
}

function Delete({ set, close }: { set: EvalSet; close: () => void }) {
  const { route } = useLocation();
  const removing = useDeed(async () => {
    await ask(api.DELETE(SET, { params: { path: { set_id: set.id } } }));
    route("/console/evals");
  });
  return (
    <Confirm
      title={`Delete ${set.name}?`}
      typed={set.slug}
      deed="Delete the set"
      run={() => void removing.run()}
      busy={removing.busy}
      failure={removing.failure}
      close={close}
    >
      <p>
        {plural(set.case_count, "case")} in {plural(set.version ?? 0, "version")} and every run of them go, with all that was answered. It
        cannot be taken back; an export can be imported again.
      </p>
    </Confirm>
  );
}
