/** What became of every address of a run, by verdict and reason, and as a file. */

import { useEffect, useRef, useState } from "preact/hooks";
import { useCalm } from "../../api/calm";
import { useDeed, usePages } from "../../api/hooks";
import { Badge } from "../../parts/badge";
import { bytes, count } from "../../parts/numbers";
import { save } from "../../parts/saving";
import { Empty, Trouble } from "../../parts/states";
import { type Column, PagedTable } from "../../parts/table";
import { readLedger, rootOf } from "./following";
import { ended, hrefWith, type LedgerPage, reasonOf, REASONS, type Run, settled, type Verdict, VERDICTS } from "./words";

const LOOK_MS = 5000;
const PAGE = 50;

export interface Wanted {
  verdict: Verdict | undefined;
  reason: string | undefined;
}

export function isVerdict(said: string | undefined): said is Verdict {
  return said !== undefined && said in VERDICTS;
}

interface LedgerProps {
  run: Run;
  wanted: Wanted;
  want: (wanted: Wanted) => void;
}

export function Ledger({ run, wanted, want }: LedgerProps) {
  const { verdict, reason } = wanted;
  const now = settled(run, verdict);
  const latest = useRef(now);
  latest.current = now;
  const [shown, setShown] = useState(now);
  const pages = usePages<LedgerPage>(
    (cursor, signal) => {
      if (cursor === undefined) setShown(latest.current);
      return readLedger(run, { verdict, reason, cursor, limit: PAGE }, signal);
    },
    [run.id, verdict, reason],
  );
  // Under a list nothing moves: what is new waits to be asked for. What is still empty fills by itself.
  const fresh = Math.max(0, now - shown);
  const calm = useCalm(fresh, LOOK_MS);
  const empty = pages.items?.length === 0;
  useEffect(() => {
    if (empty && calm > 0) pages.reload();
  }, [empty, calm > 0]);
  // And once nothing more will come, who has only begun to read is shown all of it.
  const over = ended(run);
  useEffect(() => {
    if (over && latest.current > shown && (pages.items?.length ?? 0) <= PAGE) pages.reload();
  }, [over]);
  return (
    <section class="ledger" aria-label="Ledger">
      <h2>Ledger</h2>
      <div class="filters">
        <div class="row" role="group" aria-label="Which addresses">
          <button type="button" aria-pressed={!verdict} onClick={() => want({ verdict: undefined, reason })}>
            all {count(settled(run))}
          </button>
          {(Object.keys(VERDICTS) as Verdict[]).map((one) => (
            <button key={one} type="button" aria-pressed={verdict === one} onClick={() => want({ verdict: one, reason })}>
              {VERDICTS[one][run.dry_run ? "dry" : "word"]} {count(settled(run, one))}
            </button>
          ))}
        </div>
        <Reasons chosen={reason} choose={(reason) => want({ verdict, reason })} />
      </div>
      {fresh > 0 && !empty && (
        <p>
          <button type="button" onClick={pages.reload}>
            Show what is new{reason ? "" : ` (${count(fresh)})`}
          </button>
        </p>
      )}
      <PagedTable
        caption="What became of every address"
        columns={columnsOf(run)}
        keyOf={({ url }) => url}
        pages={pages}
        empty={
          <Empty title={nothing(run, wanted)}>
            {(verdict || reason) && (
              <p>
                <button type="button" onClick={() => want({ verdict: undefined, reason: undefined })}>
                  Show all
                </button>
              </p>
            )}
          </Empty>
        }
      />
      <Download run={run} wanted={wanted} />
    </section>
  );
}

function nothing(run: Run, { verdict, reason }: Wanted): string {
  if (verdict || reason) return "No address is like that.";
  return ended(run) ? "No address of it is known to you; ledgers are kept for 90 days." : "No address has its verdict yet.";
}

function Reasons({ chosen, choose }: { chosen: string | undefined; choose: (reason: string | undefined) => void }) {
  const offered = Object.keys(REASONS);
  if (chosen && !offered.includes(chosen)) offered.push(chosen);
  return (
    <select aria-label="Reason" class="reasons" value={chosen ?? ""} onChange={(event) => choose(event.currentTarget.value || undefined)}>
      <option value="">for any reason</option>
      {offered.map((reason) => (
        <option key={reason} value={reason}>
          {reasonOf(reason)}
        </option>
      ))}
    </select>
  );
}

function columnsOf(run: Run): Column<LedgerPage>[] {
  return [
    { name: "Address", wide: true, cell: (page) => <Address of={page} /> },
    { name: "What became of it", wide: true, cell: (page) => <Became of={page} dry={run.dry_run} /> },
    { name: "Size", number: true, cell: (page) => (page.bytes ? bytes(page.bytes) : <span class="quiet">–</span>) },
    { name: "Took", number: true, cell: ({ ms }) => (ms === null ? <span class="quiet">–</span> : `${count(ms)} ms`) },
    {
      name: "Document",
      cell: ({ document_id, url }) =>
        document_id ? (
          <a href={`/console/documents/${document_id}`} aria-label={`Open the document of ${url}`}>
            open
          </a>
        ) : (
          <span class="quiet">none</span>
        ),
    },
  ];
}

function Address({ of: { url, final_url, found_on } }: { of: LedgerPage }) {
  return (
    <div>
      <a href={url} rel="noreferrer noopener" target="_blank">
        {url}
      </a>
      {final_url && final_url !== url && <div class="quiet">leads to {final_url}</div>}
      {found_on && <div class="quiet">linked on {found_on}</div>}
    </div>
  );
}

function Became({ of: { verdict, reason, detail }, dry }: { of: LedgerPage; dry: boolean }) {
  const { word, dry: planned, tone } = VERDICTS[verdict];
  return (
    <div>
      <Badge tone={tone}>{dry ? planned : word}</Badge> {reason && reasonOf(reason)}
      {detail && <div class="quiet">{detail}</div>}
    </div>
  );
}

function Download({ run, wanted: { verdict, reason } }: { run: Run; wanted: Wanted }) {
  const saving = useDeed((format: "csv" | "ndjson") =>
    save(hrefWith(`${rootOf(run.collection_id, run.id)}/pages`, { format, verdict, reason }), `${run.id}.${format}`),
  );
  return (
    <div class="download">
      <p class="row">
        <span class="quiet">All of these as a file:</span>
        {(["csv", "ndjson"] as const).map((format) => (
          <button key={format} type="button" disabled={saving.busy} onClick={() => void saving.run(format)}>
            {format.toUpperCase()}
          </button>
        ))}
      </p>
      <Trouble failure={saving.failure} />
    </div>
  );
}
