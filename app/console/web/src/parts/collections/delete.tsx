import { useLocation } from "preact-iso";
import { api, ask, ifMatch, type Shapes } from "../../api/client";
import { useDeed } from "../../api/hooks";
import { Confirm } from "../dialog";
import { plural } from "../numbers";
import { say } from "../toast";

interface Props {
  collection: Shapes["CollectionRead"];
  etag: string | null | undefined;
  close: () => void;
}

export function DeleteCollection({ collection, etag, close }: Props) {
  const { route } = useLocation();
  const deed = useDeed(async () => {
    await ask(
      api.DELETE("/v1/modules/scaimatrix/collections/{collection_id}", {
        params: { path: { collection_id: collection.id } },
        headers: ifMatch(etag),
      }),
    );
    say(`${collection.name} is deleted.`);
    route("/console/collections");
  });
  return (
    <Confirm
      title={`Delete ${collection.name}?`}
      typed={collection.name}
      deed={`Delete ${plural(collection.document_count, "document")}`}
      run={() => void deed.run()}
      busy={deed.busy}
      failure={deed.failure}
      close={close}
    >
      <p>
        {plural(collection.document_count, "document")}, {plural(collection.chunk_count, "chunk")} and everything known from them
        are lost. This cannot be undone.
      </p>
    </Confirm>
  );
}
