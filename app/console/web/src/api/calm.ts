/** What changes often, for what is dear to ask. */

import { useEffect, useRef, useState } from "preact/hooks";

/** A value that changes often, taken up at most every so often: what hangs on it asks the API each time. */
export function useCalm<T>(value: T, ms: number): T {
  const [calm, setCalm] = useState(value);
  const last = useRef(Date.now());
  useEffect(() => {
    if (Object.is(calm, value)) return;
    const take = () => {
      last.current = Date.now();
      setCalm(value);
    };
    const timer = setTimeout(take, Math.max(0, last.current + ms - Date.now()));
    return () => clearTimeout(timer);
  }, [value, calm, ms]);
  return calm;
}
