import { useLocation } from "preact-iso";
import { api, ask, ifMatch } from "../../api/client";
import { useDeed } from "../../api/hooks";
import { Confirm } from "../../parts/dialog";
import { say } from "../../parts/toast";
import type { Saved } from "./words";

interface DeleteProps {
  crawl: Saved;
  etag: string | null;
  close: () => void;
}

export function DeleteCrawl({ crawl: { id, name }, etag, close }: DeleteProps) {
  const { route } = useLocation();
  const deleting = useDeed(async () => {
    await ask(api.DELETE("/v1/modules/scaimatrix/crawls/{crawl_id}", { params: { path: { crawl_id: id } }, headers: ifMatch(etag) }));
    say(`${name} is deleted; its documents stay.`);
    route("/console/crawls?show=saved");
  });
  return (
    <Confirm
      title={`Delete ${name}?`}
      typed={name}
      deed="Delete the crawl"
      run={() => void deleting.run()}
      busy={deleting.busy}
      failure={deleting.failure}
      close={close}
    >
      <p>
        It runs no more; if it runs just now, that is cancelled. Its documents stay, and so do the runs there were, but the documents
        are not looked after any more.
      </p>
    </Confirm>
  );
}
