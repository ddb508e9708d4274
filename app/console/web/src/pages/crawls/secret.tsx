/** The secret of a crawl's signed calls; nothing keeps it once it is put away. */

import type { Shapes } from "../../api/client";
import { CopyButton } from "../../parts/copy";
import { savedHref } from "./words";

export const triggerOf = (id: string): string => `${location.origin}/v1/modules/scaimatrix/crawls/${id}/trigger`;

export function Secret({ of: { id, name, webhook_secret }, done }: { of: Shapes["CrawlChangedRead"]; done?: () => void }) {
  return (
    <section class="card secret" role="status" aria-label={`The secret of ${name}`}>
      <h2>{name}: this is its secret</h2>
      <p>It signs the calls that start this crawl. It is shown this once; put it where your program, or GitHub, keeps secrets.</p>
      <pre tabIndex={0} aria-label="The secret">
        {webhook_secret}
      </pre>
      <p>
        The calls go to <code>{triggerOf(id)}</code>
      </p>
      <div class="row">
        <CopyButton text={webhook_secret ?? ""}>Copy the secret</CopyButton>
        {done ? (
          <button type="button" onClick={done}>
            I have it
          </button>
        ) : (
          <a class="button" href={savedHref(id)}>
            I have it
          </a>
        )}
      </div>
    </section>
  );
}
