/** What the cases of a set's version ask: read on, page by page, as far as answers that are shown need it. */

import { useEffect, useRef, useState } from "preact/hooks";
import { api, ask, type Shapes } from "../../api/client";
import { isAbort } from "../../api/failure";

export type Case = Shapes["EvalCaseRead"];

export function useQuestions(setId: string | undefined, version: number | undefined, wanted: string[]): Map<string, Case> {
  const [known, setKnown] = useState<Map<string, Case>>(new Map());
  const cursor = useRef<string | null | undefined>(undefined); // null: all of it has been read
  const missing = wanted.some((id) => !known.has(id));
  useEffect(() => {
    if (!setId || !missing || cursor.current === null) return;
    const leaving = new AbortController();
    const query = { version, limit: 100, ...(cursor.current ? { cursor: cursor.current } : {}) };
    ask(api.GET("/v1/evals/sets/{set_id}/cases", { params: { path: { set_id: setId }, query }, signal: leaving.signal }))
      .then(({ data, meta }) => {
        cursor.current = meta.next_cursor ?? null;
        setKnown((before) => new Map([...before, ...data.map((one): [string, Case] => [one.id, one])]));
      })
      .catch((thrown: unknown) => {
        if (!isAbort(thrown)) cursor.current = null; // answers are shown by the ids of their cases then
      });
    return () => leaving.abort();
  }, [setId, version, missing, known]);
  return known;
}
