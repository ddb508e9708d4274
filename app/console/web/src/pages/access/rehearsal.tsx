/** A change that is tried before it is made: who gains and who loses by it, then the deed. */

import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { api, ask, type Shapes } from "../../api/client";
import { asFailure, type Failure } from "../../api/failure";
import { useQuery } from "../../api/hooks";
import { Confirm } from "../../parts/dialog";
import { count, plural } from "../../parts/numbers";
import { Asked } from "../../parts/states";
import { say } from "../../parts/toast";
import { apply, deedsOf, type Change, type Place, useNamed } from "./resource";

interface RehearsalProps {
  title: string;
  place: Place;
  change: Change;
  deed: string;
  done: () => void;
  close: () => void;
  children?: ComponentChildren;
}

export function Rehearsal({ title, place, change, deed, done, close, children }: RehearsalProps) {
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure>();
  const tried = useQuery(
    (signal) =>
      ask(
        api.POST("/v1/modules/scaimatrix/permissions/{type}/{id}/rehearse", {
          params: { path: { type: place.type, id: place.id } },
          body: { changes: [change] },
          signal,
        }),
      ),
    [place.id, change],
  );
  const run = () => {
    setBusy(true);
    apply(place, change)
      .then(() => {
        say("Changed. It counts from the next request on.");
        done();
        close();
      })
      .catch((thrown: unknown) => (setFailure(asFailure(thrown)), setBusy(false)));
  };
  return (
    <Confirm title={title} deed={deed} run={run} busy={busy || !tried.data} failure={failure} close={close}>
      {children}
      <Asked query={tried} what="who gains and who loses">
        {(found) => <Outcome found={found} />}
      </Asked>
    </Confirm>
  );
}

function Outcome({ found }: { found: Shapes["RehearsalRead"] }) {
  if (!found.gains.length && !found.loses.length) return <p>Tried without saving: nobody gains or loses anything by it.</p>;
  return (
    <div class="outcome">
      <p class="quiet">Tried without saving{found.truncated && ": more than 1,000 are touched, these are the first"}.</p>
      <Shifts sign="+" title={`${plural(found.gains.length, "person gains", "people gain")}`} shifts={found.gains} />
      <Shifts sign="−" title={`${plural(found.loses.length, "person loses", "people lose")}`} shifts={found.loses} />
    </div>
  );
}

const SHOWN = 10;

function Shifts({ sign, title, shifts }: { sign: string; title: string; shifts: Shapes["ShiftRead"][] }) {
  if (!shifts.length) return null;
  return (
    <section>
      <h3>{title}</h3>
      <ul class="shifts">
        {shifts.slice(0, SHOWN).map((shift) => (
          <li key={shift.user_id}>
            <span aria-hidden="true">{sign}</span> <Person id={shift.user_id} />: {deedsOf(shift.permission_names)}
          </li>
        ))}
      </ul>
      {shifts.length > SHOWN && <p class="quiet">and {count(shifts.length - SHOWN)} more</p>}
    </section>
  );
}

export function Person({ id }: { id: string }) {
  return <>{useNamed(id)?.name}</>;
}
