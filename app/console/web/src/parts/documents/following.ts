/** What becomes of the documents of a collection, taken up in handfuls: many change at once, and a list is drawn anew. */

import { useEffect, useRef, useState } from "preact/hooks";
import { useCalm } from "../../api/calm";
import type { Told } from "../../api/events";
import type { Failure } from "../../api/failure";
import { type Pages, useEvents } from "../../api/hooks";
import type { Document } from "./standing";

const HANDFUL_MS = 200;
const COUNTED_MS = 5_000;

interface Line {
  standing: boolean;
  failure: Failure | undefined;
  /** How many there are that the list does not show. */
  fresh: number;
  /** They are shown now. */
  seen: () => void;
}

/** Keep a list up with its collection; `recount` is called when some have come to an end, and not for each of them. */
export function useDocuments(path: string | null, documents: Pages<Document>, recount: () => void): Line {
  const [fresh, setFresh] = useState<ReadonlySet<string>>(new Set());
  const [ended, setEnded] = useState(0);
  const take = (some: Told[]) => {
    const news = new Map(some.map(({ event, data }) => [(data as Document).id, { event, told: data as Document }]));
    const gone = new Set([...news.values()].filter(({ event }) => event === "removed").map(({ told }) => told.id));
    const there = new Set(documents.items?.map((item) => item.id));
    // What is new elsewhere is counted, and waits to be asked for: nothing moves under the cursor.
    const strange = [...news.keys()].filter((id) => documents.items && !there.has(id) && !gone.has(id));
    setFresh((before) => new Set([...before, ...strange].filter((id) => !gone.has(id))));
    documents.change((items) =>
      items.filter((item) => !gone.has(item.id)).map((item) => ({ ...item, ...news.get(item.id)?.told })),
    );
    if (some.some(({ event }) => event === "indexed" || event === "failed")) setEnded((before) => before + 1);
  };
  const line = useEvents(path, useHandfuls(take));
  const counted = useCalm(ended, COUNTED_MS);
  useEffect(() => {
    if (counted) recount();
  }, [counted]);
  const there = new Set(documents.items?.map((item) => item.id)); // what was sent from here came by another way
  return { ...line, fresh: [...fresh].filter((id) => !there.has(id)).length, seen: () => setFresh(new Set()) };
}

/** What comes one by one, given on together after a moment. */
function useHandfuls(take: (some: Told[]) => void): (told: Told) => void {
  const latest = useRef(take);
  latest.current = take;
  const waiting = useRef<Told[]>([]);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  return (told) => {
    waiting.current.push(told);
    timer.current ??= setTimeout(() => {
      timer.current = undefined;
      latest.current(waiting.current.splice(0));
    }, HANDFUL_MS);
  };
}
