/** What views ask the API with: one question whose answer stays while it is asked again, pages of a list, events. */

import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { passes, useAgain } from "./again";
import { asFailure, Failure, isAbort } from "./failure";
import { follow, type Told } from "./events";
import type { Answer, Meta } from "./client";

export interface Query<T> {
  /** The last answer; it stays while a newer one is on its way. */
  data: T | undefined;
  answer: Answer<T, unknown> | undefined;
  failure: Failure | undefined;
  loading: boolean;
  reload: () => void;
  /** Put in what is known to be so already. */
  set: (next: T) => void;
}

/**
 * Ask when the view opens and whenever `on` changes, and again by itself while what answers is away; leaving aborts.
 * `fetch` null asks nothing.
 */
export function useQuery<T>(
  fetch: ((signal: AbortSignal) => Promise<Answer<T, unknown>>) | null,
  on: readonly unknown[],
): Query<T> {
  const [state, setState] = useState<{ answer?: Answer<T, unknown>; failure?: Failure; loading: boolean }>({
    loading: fetch !== null,
  });
  const [turn, setTurn] = useState(0);
  const asked = useRef<string | undefined>(undefined);
  const name = JSON.stringify(on);
  useEffect(() => {
    if (!fetch) return;
    const leaving = new AbortController();
    const same = asked.current === name;
    asked.current = name;
    setState((before) => (same ? { ...before, loading: true } : { loading: true }));
    fetch(leaving.signal)
      .then((answer) => !leaving.signal.aborted && setState({ answer, loading: false }))
      .catch((thrown: unknown) => {
        if (leaving.signal.aborted || isAbort(thrown)) return;
        setState((before) => ({ ...before, failure: stillOr(before.failure, asFailure(thrown)), loading: false }));
      });
    return () => leaving.abort();
  }, [name, turn, fetch === null]);
  const reload = useCallback(() => setTurn((before) => before + 1), []);
  useAgain(fetch !== null && passes(state.failure), state.loading, reload, state.failure?.retryAfter);
  const set = useCallback((next: T) => {
    setState((before) => (before.answer ? { ...before, answer: { ...before.answer, data: next } } : before));
  }, []);
  return { data: state.answer?.data, answer: state.answer, failure: state.failure, loading: state.loading, reload, set };
}

/** One that is met again stays as it was: a sentence that is read out is not read out at every try. */
function stillOr(before: Failure | undefined, now: Failure): Failure {
  return before && before.code === now.code && before.message === now.message ? before : now;
}

export interface Pages<T> {
  items: T[] | undefined;
  failure: Failure | undefined;
  loading: boolean;
  hasMore: boolean;
  more: () => void;
  reload: () => void;
  change: (edit: (items: T[]) => T[]) => void;
}

/** A list that is read by cursor, a page at a time; a page that could not be read is asked for again by itself. */
export function usePages<T>(
  fetch: (cursor: string | undefined, signal: AbortSignal) => Promise<Answer<T[], unknown>>,
  on: readonly unknown[],
): Pages<T> {
  const [items, setItems] = useState<T[]>();
  const [cursor, setCursor] = useState<string | null>(null);
  const [failure, setFailure] = useState<Failure>();
  const [loading, setLoading] = useState(true);
  const [turn, setTurn] = useState(0);
  const leaving = useRef(new AbortController());
  const asked = useRef<string | undefined>(undefined);
  const missed = useRef<string | undefined>(undefined);
  const name = JSON.stringify(on);

  const read = useCallback(
    async (from: string | undefined, signal: AbortSignal) => {
      setLoading(true);
      try {
        const answer = await fetch(from, signal);
        if (signal.aborted) return;
        setItems((before) => (from === undefined ? answer.data : [...(before ?? []), ...answer.data]));
        setCursor((answer.meta as Meta).next_cursor ?? null);
        setFailure(undefined);
        setLoading(false);
      } catch (thrown) {
        if (signal.aborted || isAbort(thrown)) return;
        missed.current = from;
        setFailure((before) => stillOr(before, asFailure(thrown)));
        setLoading(false);
      }
    },
    [name],
  );
  const again = () => void read(missed.current, leaving.current.signal);
  useAgain(passes(failure), loading, again, failure?.retryAfter);
  useEffect(() => {
    if (asked.current !== name) setItems(undefined);
    asked.current = name;
    leaving.current = new AbortController();
    void read(undefined, leaving.current.signal);
    return () => leaving.current.abort();
  }, [name, turn]);
  const more = useCallback(() => {
    if (cursor) void read(cursor, leaving.current.signal);
  }, [cursor, read]);
  const reload = useCallback(() => setTurn((before) => before + 1), []);
  const change = useCallback((edit: (items: T[]) => T[]) => {
    setItems((before) => (before ? edit(before) : before));
  }, []);
  return { items, failure, loading, hasMore: cursor !== null, more, reload, change };
}

/** Follow a stream of events while the view is open; `path` null follows nothing. Says whether the line stands. */
export function useEvents(path: string | null, tell: (told: Told) => void): { standing: boolean; failure: Failure | undefined } {
  const [standing, setStanding] = useState(true);
  const [failure, setFailure] = useState<Failure>();
  const hearer = useRef(tell);
  hearer.current = tell;
  useEffect(() => {
    if (!path) return;
    const leaving = new AbortController();
    setFailure(undefined);
    follow(path, { signal: leaving.signal, tell: (told) => hearer.current(told), standing: setStanding }).catch(
      (thrown: unknown) => !leaving.signal.aborted && setFailure(asFailure(thrown)),
    );
    return () => leaving.abort();
  }, [path]);
  return { standing, failure };
}

export interface Deed<Given extends unknown[]> {
  /** Do it; true when it went well. */
  run: (...given: Given) => Promise<boolean>;
  busy: boolean;
  failure: Failure | undefined;
  forget: () => void;
}

/** Something a person sets off: busy while it runs, its failure at hand for the form. */
export function useDeed<Given extends unknown[]>(deed: (...given: Given) => Promise<unknown>): Deed<Given> {
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure>();
  const latest = useRef(deed);
  latest.current = deed;
  const run = useCallback(async (...given: Given) => {
    setBusy(true);
    setFailure(undefined);
    try {
      await latest.current(...given);
      return true;
    } catch (thrown) {
      if (!isAbort(thrown)) setFailure(asFailure(thrown));
      return false;
    } finally {
      setBusy(false);
    }
  }, []);
  return { run, busy, failure, forget: useCallback(() => setFailure(undefined), []) };
}
