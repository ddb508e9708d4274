/** Sending files: by XMLHttpRequest, for only it tells how much has gone out. Two at a time. */

import { useCallback, useRef, useState } from "preact/hooks";
import { inTenant } from "../../api/acting";
import { bearer } from "../../api/client";
import { asFailure, Failure } from "../../api/failure";
import { end } from "../../api/session";

export interface Sending {
  key: number;
  name: string;
  sent: number;
  of: number;
  failure?: Failure;
}

const AT_ONCE = 2;
let keys = 1;

interface Envelope {
  data?: unknown;
  error?: { code: string; message: string; details?: { field: string; message: string }[] | null };
  meta?: { request_id: string };
}

export async function send(method: "POST" | "PUT", path: string, file: File, told: (sent: number) => void): Promise<unknown> {
  const credential = await bearer();
  return new Promise((done, refuse) => {
    const request = new XMLHttpRequest();
    const form = new FormData();
    form.set("file", file, file.name);
    request.open(method, inTenant(path));
    request.responseType = "json";
    request.setRequestHeader("Authorization", `Bearer ${credential}`);
    if (method === "POST") request.setRequestHeader("Idempotency-Key", crypto.randomUUID());
    request.upload.onprogress = (event) => told(event.loaded);
    request.onerror = () => refuse(asFailure(null));
    request.onload = () => {
      const said = (request.response ?? {}) as Envelope;
      if (request.status === 401) end();
      if (request.status < 300) return done(said.data);
      const { code = `HTTP_${request.status}`, message = "The file was not taken in.", details } = said.error ?? {};
      refuse(new Failure(request.status, code, message, details ?? [], said.meta?.request_id ?? null));
    };
    request.send(form);
  });
}

interface Uploads {
  sendings: Sending[];
  add: (files: Iterable<File>) => void;
  drop: (key: number) => void;
}

/** Files on their way to a collection; `taken` hears of each that has arrived. */
export function useUploads<Taken>(path: string, taken: (made: Taken) => void): Uploads {
  const [sendings, setSendings] = useState<Sending[]>([]);
  const waiting = useRef<{ key: number; file: File }[]>([]);
  const busy = useRef(0);
  const hear = useRef(taken);
  hear.current = taken;

  const edit = (key: number, change: Partial<Sending>) =>
    setSendings((before) => before.map((one) => (one.key === key ? { ...one, ...change } : one)));
  const drop = useCallback((key: number) => setSendings((before) => before.filter((one) => one.key !== key)), []);

  const work = useCallback(async () => {
    if (busy.current >= AT_ONCE) return;
    const next = waiting.current.shift();
    if (!next) return;
    busy.current++;
    try {
      hear.current((await send("POST", path, next.file, (sent) => edit(next.key, { sent }))) as Taken);
      drop(next.key);
    } catch (thrown) {
      edit(next.key, { failure: asFailure(thrown) });
    } finally {
      busy.current--;
      void work();
    }
  }, [path]);

  const add = useCallback(
    (files: Iterable<File>) => {
      for (const file of files) {
        const key = keys++;
        waiting.current.push({ key, file });
        setSendings((before) => [...before, { key, name: file.name, sent: 0, of: file.size }]);
        void work();
      }
    },
    [work],
  );
  return { sendings, add, drop };
}
