/** What may be done with a run: cancelled while it goes on, gone on with where it reached a limit, deleted once it is over. */

import { useLocation } from "preact-iso";
import { useState } from "preact/hooks";
import { api, ask } from "../../api/client";
import { useDeed } from "../../api/hooks";
import { Confirm, Dialog } from "../../parts/dialog";
import { plural } from "../../parts/numbers";
import { Trouble } from "../../parts/states";
import { type Limits, LimitFields, capsOf, limitsOf } from "./limits";
import { goesOn, type Run, titleOf } from "./run-state";

interface DeedsProps {
  run: Run;
  changed: (run: Run) => void;
}

export function RunDeeds({ run, changed }: DeedsProps) {
  const { route } = useLocation();
  const [open, setOpen] = useState<"resume" | "delete">();
  const params = { path: { run_id: run.id } };
  const cancelling = useDeed(async () => changed((await ask(api.POST("/v1/evals/runs/{run_id}/cancel", { params }))).data));
  const removing = useDeed(async () => {
    await ask(api.DELETE("/v1/evals/runs/{run_id}", { params }));
    route(`/console/evals/sets/${run.set_id}?tab=runs`);
  });
  return (
    <>
      {goesOn(run) && (
        <button type="button" class="danger" disabled={cancelling.busy} onClick={() => void cancelling.run()}>
          {cancelling.busy ? "Cancelling…" : "Cancel the run"}
        </button>
      )}
      {run.status === "capped" && (
        <button type="button" class="main" onClick={() => setOpen("resume")}>
          Go on…
        </button>
      )}
      {!goesOn(run) && (
        <button type="button" class="danger" onClick={() => setOpen("delete")}>
          Delete…
        </button>
      )}
      <Trouble failure={cancelling.failure} />
      {open === "resume" && <Resume run={run} changed={(next) => (setOpen(undefined), changed(next))} close={() => setOpen(undefined)} />}
      {open === "delete" && (
        <Confirm
          title={`Delete ${titleOf(run)}?`}
          deed="Delete the run"
          run={() => void removing.run()}
          busy={removing.busy}
          failure={removing.failure}
          close={() => setOpen(undefined)}
        >
          <p>{plural(run.total, "answer")} and all that was measured of them go. It cannot be taken back.</p>
        </Confirm>
      )}
    </>
  );
}

function Resume({ run, changed, close }: DeedsProps & { close: () => void }) {
  const [limits, setLimits] = useState<Limits>(limitsOf(run.caps));
  const resuming = useDeed(async () => {
    const params = { path: { run_id: run.id } };
    changed((await ask(api.POST("/v1/evals/runs/{run_id}/resume", { params, body: { caps: capsOf(limits) } }))).data);
  });
  return (
    <Dialog title="Go on within other limits" close={close}>
      <form onSubmit={(event) => (event.preventDefault(), void resuming.run())}>
        <p>
          {run.done} of {run.total} are done, {plural(run.tokens, "token")} and a cost of {run.cost} went into them. Nothing is asked twice.
        </p>
        <LimitFields limits={limits} change={setLimits} failure={resuming.failure} />
        <Trouble failure={resuming.failure} />
        <footer>
          <button type="button" onClick={close}>
            Not now
          </button>
          <button type="submit" class="main" disabled={resuming.busy}>
            Go on
          </button>
        </footer>
      </form>
    </Dialog>
  );
}
