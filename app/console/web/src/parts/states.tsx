/** The designed states of a view that has nothing to show yet, or at all. */

import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Failure } from "../api/failure";
import type { Query } from "../api/hooks";
import { NotAllowed } from "./page";
import { RequestId } from "./request-id";

const PATIENCE_MS = 300;

/** A skeleton, shown only once waiting is felt. */
export function Loading({ what, rows = 4 }: { what: string; rows?: number }) {
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), PATIENCE_MS);
    return () => clearTimeout(timer);
  }, []);
  return (
    <div class="loading" aria-busy="true">
      <span class="unseen" role="status">
        {late ? `Loading ${what}` : ""}
      </span>
      {late && Array.from({ length: rows }, (_, row) => <div key={row} class="skeleton" aria-hidden="true" />)}
    </div>
  );
}

/** Nothing there yet, and what one does next. */
export function Empty({ title, children }: { title: string; children?: ComponentChildren }) {
  return (
    <div class="state">
      <p class="state-title">{title}</p>
      {children}
    </div>
  );
}

/** What went wrong, in the API's words, and a way on. */
export function Failed({ failure, retry }: { failure: Failure; retry?: () => void }) {
  if (failure.missing) return <NotAllowed />;
  return (
    <div class="state failed" role="alert">
      <p class="state-title">{failure.message}</p>
      <p class="quiet">
        <code>{failure.code}</code>
        {failure.requestId && (
          <>
            {" · "}
            <RequestId id={failure.requestId} />
          </>
        )}
        {failure.retryAfter && ` · worth trying again in ${failure.retryAfter} s`}
      </p>
      {retry && (
        <p>
          <button type="button" onClick={retry}>
            Try again
          </button>
        </p>
      )}
    </div>
  );
}

/** One line for a failure beside what is still shown. */
export function Trouble({ failure, retry }: { failure: Failure | undefined; retry?: () => void }) {
  if (!failure) return null;
  return (
    <p class="trouble" role="alert">
      {failure.message} <code>{failure.code}</code>{" "}
      {retry && (
        <button type="button" class="plain" onClick={retry}>
          Try again
        </button>
      )}
    </p>
  );
}

interface AskedProps<T> {
  query: Query<T>;
  what: string;
  children: (data: T) => ComponentChildren;
}

/** A view of one answer in all its states; the last answer stays while a newer one is on its way or fails. */
export function Asked<T>({ query, what, children }: AskedProps<T>) {
  if (query.data === undefined)
    return query.failure ? <Failed failure={query.failure} retry={query.reload} /> : <Loading what={what} />;
  return (
    <>
      <Trouble failure={query.failure} retry={query.reload} />
      {children(query.data)}
    </>
  );
}
