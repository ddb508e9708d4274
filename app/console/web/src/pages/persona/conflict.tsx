/** Somebody else has saved meanwhile: what they made of the fields that were changed here, too. */

import { Dialog } from "../../parts/dialog";
import { differing, draftOf, NAMES, shown, type Draft, type Persona } from "./draft";

interface ConflictProps {
  theirs: Persona;
  mine: Draft;
  /** What both began from. */
  began: Draft;
  keepMine: () => void;
  takeTheirs: () => void;
  close: () => void;
}

export function Conflict({ theirs, mine, began, keepMine, takeTheirs, close }: ConflictProps) {
  const other = draftOf(theirs);
  const fields = [...new Set([...differing(mine, began), ...differing(other, began)])];
  return (
    <Dialog title="Somebody saved it meanwhile" close={close} wide>
      <table class="list">
        <caption class="unseen">What differs</caption>
        <thead>
          <tr>
            <th scope="col">Field</th>
            <th scope="col">Yours</th>
            <th scope="col">Saved by another</th>
          </tr>
        </thead>
        <tbody>
          {fields.map((field) => (
            <tr key={field}>
              <th scope="row">{NAMES[field]}</th>
              <td data-name="Yours" class="wide">
                {shown(mine[field])}
              </td>
              <td data-name="Theirs" class="wide">
                {shown(other[field])}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <p class="hint">Keeping yours keeps what you changed and theirs in all other fields; it is not saved until you save it.</p>
      <footer>
        <button type="button" onClick={takeTheirs}>
          Take theirs
        </button>
        <button type="button" class="main" onClick={keepMine}>
          Keep mine
        </button>
      </footer>
    </Dialog>
  );
}
