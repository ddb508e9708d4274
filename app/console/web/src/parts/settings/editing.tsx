/**
 * Changing something that somebody else may be changing too: it is read when the form opens, and saved only if it is
 * still as it was read.
 */

import type { ComponentChildren } from "preact";
import type { Answer } from "../../api/client";
import type { Failure } from "../../api/failure";
import { useQuery } from "../../api/hooks";
import { Dialog } from "../dialog";
import { Asked, Trouble } from "../states";

interface EditingProps<T> {
  title: string;
  read: (signal: AbortSignal) => Promise<Answer<T, unknown>>;
  close: () => void;
  /** The form, by what was read; `again` reads anew and begins the form anew. */
  children: (read: T, etag: string | null, again: () => void) => ComponentChildren;
}

export function Editing<T>({ title, read, close, children }: EditingProps<T>) {
  const query = useQuery(read, []);
  return (
    <Dialog title={title} close={close} wide>
      <Asked query={query} what="how it is now">
        {(data) => <div key={query.answer?.etag ?? ""}>{children(data, query.answer?.etag ?? null, query.reload)}</div>}
      </Asked>
    </Dialog>
  );
}

/** A refusal; of one that came too late, what to do. */
export function Refusal({ failure, again }: { failure: Failure | undefined; again: () => void }) {
  if (failure?.status !== 412) return <Trouble failure={failure} />;
  return (
    <p class="notice" role="alert">
      Somebody else has changed it since you opened this. Nothing of yours is saved.{" "}
      <button type="button" onClick={again}>
        Show it as it is now
      </button>
    </p>
  );
}
