import { useLocation } from "preact-iso";
import { useState } from "preact/hooks";
import { api, ask } from "../../api/client";
import { useQuery } from "../../api/hooks";
import { goesOn, type Run, titleOf } from "./run-state";

/** Another run of the same set, to be compared with. */
export function ComparePicker({ run }: { run: Run }) {
  const { route } = useLocation();
  const [other, setOther] = useState("");
  const query = { set_id: run.set_id, limit: 100 };
  const found = useQuery<Run[]>((signal) => ask(api.GET("/v1/evals/runs", { params: { query }, signal })), [query]);
  const others = (found.data ?? []).filter((one) => one.id !== run.id && !goesOn(one));
  if (others.length === 0) return null;
  return (
    <form
      class="card compare-with"
      onSubmit={(event) => {
        event.preventDefault();
        route(`/console/evals/compare?runs=${[run.id, other].sort().join(",")}`);
      }}
    >
      <label class="field">
        <span class="field-name">Compare with</span>
        <select value={other} onChange={(event) => setOther(event.currentTarget.value)}>
          <option value="">another run of the set…</option>
          {others.map((one) => (
            <option key={one.id} value={one.id}>
              {titleOf(one)}
            </option>
          ))}
        </select>
      </label>
      <button type="submit" disabled={!other}>
        Compare
      </button>
    </form>
  );
}
