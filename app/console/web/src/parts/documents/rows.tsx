/** The documents of a collection, one row each, with what can be done about them. */

import { useRef, useState } from "preact/hooks";
import { api, ask } from "../../api/client";
import { asFailure } from "../../api/failure";
import { useDeed } from "../../api/hooks";
import { bytes, plural } from "../numbers";
import { Progress } from "../progress";
import { Trouble } from "../states";
import { Time } from "../time";
import { later, say } from "../toast";
import { Standing, type Document } from "./standing";
import { send, type Sending } from "./uploading";

interface RowsProps {
  items: Document[];
  sendings: Sending[];
  forget: (key: number) => void;
  writes: boolean;
  change: (edit: (items: Document[]) => Document[]) => void;
  reload: () => void;
}

export function DocumentRows({ items, sendings, forget, writes, change, reload }: RowsProps) {
  const [chosen, setChosen] = useState<Set<string>>(new Set());
  const replacing = useRef<HTMLInputElement>(null);
  const target = useRef<Document | null>(null);
  const picked = items.filter((item) => chosen.has(item.id));
  const put = (made: Document) => change((all) => all.map((one) => (one.id === made.id ? { ...one, ...made } : one)));

  const retrying = useDeed(async (documents: Document[]) => {
    for (const { collection_id, id } of documents) {
      const path = { collection_id, document_id: id };
      const made = await ask(
        api.POST("/v1/modules/scaimatrix/collections/{collection_id}/documents/{document_id}/retry", { params: { path } }),
      );
      put(made.data);
    }
  });
  const replace = useDeed(async (document: Document, file: File) => {
    const root = `/v1/modules/scaimatrix/collections/${document.collection_id}/documents/${document.id}/content`;
    put((await send("PUT", root, file, () => undefined)) as Document);
  });
  const remove = (documents: Document[]) => {
    const ids = new Set(documents.map((document) => document.id));
    change((all) => all.filter((one) => !ids.has(one.id)));
    setChosen(new Set());
    const what = documents.length === 1 ? (documents[0]?.name ?? "") : plural(documents.length, "document");
    later(`${what} will be removed.`, () => void removeAll(documents).catch((thrown) => (say(asFailure(thrown).message), reload())), reload);
  };
  const choose = (id: string, on: boolean) => {
    const next = new Set(chosen);
    if (on) next.add(id);
    else next.delete(id);
    setChosen(next);
  };
  if (!items.length && !sendings.length) return null;
  return (
    <>
      {picked.length > 0 && (
        <p class="row bulk">
          <strong>{plural(picked.length, "document")} chosen</strong>
          <button
            type="button"
            disabled={retrying.busy || !picked.some((item) => item.status === "failed")}
            onClick={() => void retrying.run(picked.filter((item) => item.status === "failed"))}
          >
            Retry those that failed
          </button>
          <button type="button" class="danger" onClick={() => remove(picked)}>
            Remove {plural(picked.length, "document")}
          </button>
        </p>
      )}
      <Trouble failure={retrying.failure ?? replace.failure} />
      <table class="list documents">
        <caption class="unseen">Documents</caption>
        <thead>
          <tr>
            {writes && (
              <th scope="col">
                <span class="unseen">Chosen</span>
              </th>
            )}
            <th scope="col">Name</th>
            <th scope="col">State</th>
            <th scope="col" class="number">
              Size
            </th>
            <th scope="col">Changed</th>
            <th scope="col">
              <span class="unseen">What can be done</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {sendings.map(({ key, name, sent, of, failure }) => (
            <tr key={`sending-${key}`}>
              {writes && <td />}
              <td data-name="Name" class="wide">
                {name}
              </td>
              <td data-name="State" colSpan={3}>
                {failure ? <Trouble failure={failure} /> : <Progress done={sent} of={of} name={`Sending ${name}`} />}
              </td>
              <td>
                {failure && (
                  <button type="button" onClick={() => forget(key)}>
                    Forget
                  </button>
                )}
              </td>
            </tr>
          ))}
          {items.map((item) => (
            <tr key={item.id}>
              {writes && (
                <td class="pick">
                  <input
                    type="checkbox"
                    aria-label={`Choose ${item.name}`}
                    checked={chosen.has(item.id)}
                    onChange={(event) => choose(item.id, event.currentTarget.checked)}
                  />
                </td>
              )}
              <td data-name="Name" class="wide">
                <a href={`/console/documents/${item.id}`}>{item.name}</a>
                {item.crawl_id && (
                  <span class="quiet">
                    {" "}
                    by <a href={`/console/crawls/${item.crawl_id}`}>a crawl</a>
                  </span>
                )}
              </td>
              <td data-name="State">
                <Standing document={item} />
              </td>
              <td data-name="Size" class="number">
                {bytes(item.size_bytes)}
              </td>
              <td data-name="Changed">
                <Time at={item.updated_at} />
              </td>
              <td class="deeds">
                {writes && item.status === "failed" && (
                  <>
                    <button type="button" disabled={retrying.busy} onClick={() => void retrying.run([item])}>
                      Retry
                    </button>
                    <button
                      type="button"
                      disabled={replace.busy}
                      onClick={() => {
                        target.current = item;
                        replacing.current?.click();
                      }}
                    >
                      Replace file
                    </button>
                  </>
                )}
                {writes && (
                  <button type="button" class="plain" aria-label={`Remove ${item.name}`} onClick={() => remove([item])}>
                    Remove
                  </button>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <input
        ref={replacing}
        type="file"
        hidden
        aria-label="Another file in its place"
        onChange={(event) => {
          const file = event.currentTarget.files?.[0];
          if (file && target.current) void replace.run(target.current, file);
          event.currentTarget.value = "";
        }}
      />
    </>
  );
}

async function removeAll(documents: Document[]): Promise<void> {
  for (const { collection_id, id } of documents) {
    const path = { collection_id, document_id: id };
    await ask(api.DELETE("/v1/modules/scaimatrix/collections/{collection_id}/documents/{document_id}", { params: { path } }));
  }
}
