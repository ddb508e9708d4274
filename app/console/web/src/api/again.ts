/** What cannot be answered right now is asked again by itself, with growing pauses, while somebody looks. */

import { useEffect, useRef, useState } from "preact/hooks";
import type { Failure } from "./failure";

const FIRST_MS = 2_000;
const LONGEST_MS = 30_000;

/** Whether the same question may be answered later: nothing answered, or something is away or busy. */
export function passes(failure: Failure | undefined): boolean {
  return failure !== undefined && (failure.status === 0 || failure.status >= 500 || failure.status === 429);
}

/**
 * Do it again and again while something is lacking and nobody is about to get it; each pause is twice the last one.
 * `least` is what a refusal asked to wait for, in seconds.
 */
export function useAgain(lacking: boolean, busy: boolean, again: () => void, least: number | null = null): void {
  const [tries, setTries] = useState(0);
  const latest = useRef(again);
  latest.current = again;
  useEffect(() => {
    if (!lacking) setTries(0);
    if (!lacking || busy) return;
    const wait = Math.max(Math.min(FIRST_MS * 2 ** tries, LONGEST_MS), (least ?? 0) * 1000);
    const timer = setTimeout(() => {
      setTries(tries + 1);
      if (!document.hidden) latest.current();
    }, wait);
    return () => clearTimeout(timer);
  }, [lacking, busy, tries, least]);
}

/** Ask anew at intervals, as long as the view is open; but never leave an answer that is on its way. */
export function useEvery(ms: number, query: { loading: boolean; reload: () => void }): void {
  const latest = useRef(query);
  latest.current = query;
  useEffect(() => {
    const timer = setInterval(() => {
      if (!latest.current.loading) latest.current.reload();
    }, ms);
    return () => clearInterval(timer);
  }, [ms]);
}
