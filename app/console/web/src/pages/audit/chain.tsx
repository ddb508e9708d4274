/** Whether the record holds: every event carries a digest of the one before it. */

import { api, ask, type Shapes } from "../../api/client";
import { useDeed } from "../../api/hooks";
import { Badge } from "../../parts/badge";
import { plural } from "../../parts/numbers";
import { Trouble } from "../../parts/states";
import { useState } from "preact/hooks";

export function Chain() {
  const [found, setFound] = useState<Shapes["InspectionRead"]>();
  const walking = useDeed(async () => setFound((await ask(api.GET("/v1/audit/verify"))).data));
  return (
    <section class="chain">
      <div class="row">
        <button type="button" disabled={walking.busy} onClick={() => void walking.run()}>
          {walking.busy ? "Walking along it…" : "Does the record hold?"}
        </button>
        <span role="status">
          {found &&
            (found.intact ? (
              <>
                <Badge tone="good">it holds</Badge> {plural(found.checked, "event")} of this tenant, each tied to the one before: none was
                changed, put in or taken out.
              </>
            ) : (
              <>
                <Badge tone="bad">it does not hold</Badge> {found.broken?.sentence} {plural(found.checked, "event")} before it hold. Keep a
                copy of the database before anything else is done.
              </>
            ))}
        </span>
      </div>
      <Trouble failure={walking.failure} />
    </section>
  );
}
