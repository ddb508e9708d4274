/** The making anew of a collection's index: one bar, which may be held. The old index answers until the new one is whole. */

import { useEffect } from "preact/hooks";
import { api, ask } from "../../api/client";
import { useDeed, useQuery } from "../../api/hooks";
import { plural } from "../numbers";
import { Progress } from "../progress";
import { Trouble } from "../states";

const LOOK_MS = 2000;

export function Rechunk({ id }: { id: string }) {
  const params = { path: { collection_id: id } };
  const state = useQuery((signal) => ask(api.GET("/v1/modules/scaimatrix/collections/{collection_id}/re-chunk", { params, signal })), [id]);
  const found = state.data;
  const busy = found?.status === "running" || found?.status === "queued";
  useEffect(() => {
    if (!busy) return;
    const timer = setInterval(state.reload, LOOK_MS);
    return () => clearInterval(timer);
  }, [busy, state.reload]);
  const deed = useDeed(async (what: "start" | "pause" | "resume" | "cancel") => {
    const done = {
      start: () => ask(api.POST("/v1/modules/scaimatrix/collections/{collection_id}/re-chunk", { params, body: { hold: false } })),
      pause: () => ask(api.POST("/v1/modules/scaimatrix/collections/{collection_id}/re-chunk/pause", { params })),
      resume: () => ask(api.POST("/v1/modules/scaimatrix/collections/{collection_id}/re-chunk/resume", { params })),
      cancel: () => ask(api.POST("/v1/modules/scaimatrix/collections/{collection_id}/re-chunk/cancel", { params })),
    };
    await done[what]();
    state.reload();
  });
  if (!found) return null;
  const button = (what: Parameters<typeof deed.run>[0], words: string) => (
    <button type="button" disabled={deed.busy} onClick={() => void deed.run(what)}>
      {words}
    </button>
  );
  return (
    <div class="rechunk" aria-live="polite">
      {busy ? (
        <p class="row">
          <strong>Cutting anew</strong>
          <Progress done={found.processed + found.failed} of={found.total} name="Cutting anew" />
          <span>
            {found.processed} done, {found.failed} failed, {Math.max(0, found.total - found.processed - found.failed)} left
          </span>
          {found.waiting_for && <span class="quiet">waiting: {found.waiting_for}</span>}
          {found.paused ? button("resume", "Go on") : button("pause", "Hold")}
          {button("cancel", "Stop")}
        </p>
      ) : (
        <p class="row">
          {button("start", "Cut all documents anew")}
          <span class="quiet">
            {found.status === "completed" && `Last time: ${plural(found.processed, "document")}, ${found.failed} failed.`}
            {found.status === "failed" && `Last time it failed: ${found.error_message ?? ""}`}
          </span>
        </p>
      )}
      <Trouble failure={deed.failure} />
    </div>
  );
}
