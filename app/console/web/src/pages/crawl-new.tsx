/** A crawl to be: tried first, begun, or saved. What was tried stands below the form, and the form stays as it is. */

import { useLocation } from "preact-iso";
import { useState } from "preact/hooks";
import { api, ask, type Shapes } from "../api/client";
import { useDeed, useQuery } from "../api/hooks";
import { permits, useMe } from "../api/me";
import { Combobox } from "../parts/combobox";
import { findCollections } from "../parts/finding";
import { NotAllowed, Page } from "../parts/page";
import { Asked, Trouble } from "../parts/states";
import { useNamed } from "./access/resource";
import { Fields } from "./crawls/fields";
import { KeepingFields } from "./crawls/keeping";
import { bodyOf, type Keeping, keptOf, NEW, type Plan, planOf } from "./crawls/plan";
import { Preview } from "./crawls/preview";
import { Secret } from "./crawls/secret";
import { hrefWith, type Run, runHref, savedHref } from "./crawls/words";
import "./crawls.css";

const TRAIL = [{ name: "Crawls", href: "/console/crawls" }];
const HERE = "/console/crawls/new";

export default function NewCrawl() {
  const may = permits(useMe(), "scaimatrix:ingest");
  const { query } = useLocation();
  const [begin] = useState(query);
  const { collection, again = begin.dry } = begin;
  return (
    <Page title="Crawl a site" trail={TRAIL} lead="Reads a website page by page into a collection, within limits that are never crossed.">
      {!may ? (
        <NotAllowed />
      ) : collection && again ? (
        <As collection={collection} run={again} />
      ) : (
        <Form start={{ ...NEW, seed_url: begin.url ?? "" }} />
      )}
    </Page>
  );
}

/** The same as a run there was. */
function As({ collection, run }: { collection: string; run: string }) {
  const params = { path: { collection_id: collection, job_id: run } };
  const query = useQuery<Run>(
    (signal) => ask(api.GET("/v1/modules/scaimatrix/collections/{collection_id}/crawl/{job_id}", { params, signal })),
    [collection, run],
  );
  const tells = permits(useMe(), "scaimatrix:access");
  return (
    <Asked query={query} what="what was crawled">
      {(found) => (
        <>
          {tells && (
            <p class="notice">
              As it was in that run. Who may read its pages, and when pages that are gone go, is not known from a run: say it again.
            </p>
          )}
          <Form start={planOf(found)} />
        </>
      )}
    </Asked>
  );
}

function Form({ start }: { start: Plan }) {
  const { query, route } = useLocation();
  const { collection, dry } = query;
  const into = useNamed(collection);
  const [plan, setPlan] = useState(start);
  const [keeping, setKeeping] = useState<Keeping | null>(null);
  const [tried, setTried] = useState(() => bodyOf(start));
  const [made, setMade] = useState<Shapes["CrawlChangedRead"]>();
  const path = { collection_id: collection ?? "" };
  const body = bodyOf(plan);
  const begin = async (dry_run: boolean) => {
    const said = { ...body, dry_run };
    return (await ask(api.POST("/v1/modules/scaimatrix/collections/{collection_id}/crawl", { params: { path }, body: said }))).data;
  };
  const trying = useDeed(async () => {
    const run = await begin(true);
    setTried(body);
    route(hrefWith(HERE, { collection, dry: run.id }), true);
  });
  const going = useDeed(async () => {
    if (!keeping) return route(runHref(await begin(false)));
    const said = { ...body, ...keptOf(keeping) };
    const { data } = await ask(api.POST("/v1/modules/scaimatrix/collections/{collection_id}/crawls", { params: { path }, body: said }));
    if (data.webhook_secret) setMade(data);
    else route(savedHref(data.id));
  });
  const failure = going.failure ?? trying.failure;
  const busy = going.busy || trying.busy;
  if (made) return <Secret of={made} />;
  return (
    <>
      <form
        class="card crawl-form"
        onSubmit={(event) => {
          event.preventDefault();
          const asked = (event.submitter as HTMLButtonElement | null)?.value;
          trying.forget();
          going.forget();
          void (asked === "try" ? trying.run() : going.run());
        }}
      >
        <Combobox
          name="Into the collection"
          find={findCollections}
          chosen={into}
          choose={(choice) => route(hrefWith(HERE, { ...query, collection: choice?.id }), true)}
        />
        <Fields plan={plan} change={(changes) => setPlan((before) => ({ ...before, ...changes }))} failure={failure} />
        <fieldset>
          <legend>How often</legend>
          <label class="choice">
            <input type="radio" name="often" checked={keeping === null} onChange={() => setKeeping(null)} /> Once, now
          </label>
          <label class="choice">
            <input
              type="radio"
              name="often"
              checked={keeping !== null}
              onChange={() => setKeeping({ name: hostOf(plan.seed_url), schedule: null, webhook: false })}
            />{" "}
            Again and again: save it
          </label>
        </fieldset>
        {keeping && (
          <KeepingFields
            keeping={keeping}
            change={(changes) => setKeeping((before) => before && { ...before, ...changes })}
            failure={failure}
          />
        )}
        <Trouble failure={failure} />
        <footer class="row">
          <button type="submit" name="asked" value="try" disabled={busy || !collection}>
            {trying.busy ? "Asking…" : "See what would be fetched"}
          </button>
          <button type="submit" name="asked" value="go" class="main" disabled={busy || !collection}>
            {going.busy ? "Working…" : keeping ? "Save it" : "Begin"}
          </button>
          {!collection && <span class="quiet">Choose a collection first.</span>}
        </footer>
      </form>
      {collection && dry && (
        <Preview key={dry} collection={collection} id={dry} changed={JSON.stringify(tried) !== JSON.stringify(body)} />
      )}
    </>
  );
}

function hostOf(address: string): string {
  return URL.canParse(address) ? new URL(address).host : "";
}
