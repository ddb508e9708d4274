/** What a webhook was told, and what became of it. */

import { useEffect } from "preact/hooks";
import { api, ask, type Shapes } from "../../api/client";
import { useDeed, usePages } from "../../api/hooks";
import { Badge } from "../../parts/badge";
import { CopyId } from "../../parts/copy";
import { count } from "../../parts/numbers";
import { Empty, Trouble } from "../../parts/states";
import { type Column, PagedTable } from "../../parts/table";
import { say } from "../../parts/toast";
import { ago, Time, useNow } from "../../parts/time";
import { type Event, EVENTS } from "./events";

type Delivery = Shapes["DeliveryRead"];

const EVERY_MS = 5000;
const PAGE = 50;

const COLUMNS = (again: (delivery: Delivery) => void, busy: boolean): Column<Delivery>[] => [
  { name: "Told", wide: true, cell: ({ event }) => EVENTS[event as Event] ?? (event === "ping" ? "a ping, to try it" : event) },
  { name: "What became of it", wide: true, cell: (delivery) => <Became of={delivery} /> },
  { name: "Attempts", number: true, cell: ({ attempts }) => count(attempts) },
  { name: "Made", cell: ({ created_at }) => <Time at={created_at} /> },
  { name: "Its id", cell: ({ id }) => <CopyId id={id} short /> },
  {
    name: "Once more",
    cell: (delivery) => (
      <button type="button" disabled={busy} onClick={() => again(delivery)} aria-label={`${doing(delivery)} ${delivery.id}`}>
        {doing(delivery)}
      </button>
    ),
  },
];

/** `turn` counts what was sent from this page: it is looked for at once. */
export function Deliveries({ id, turn }: { id: string; turn: number }) {
  const pages = usePages<Delivery>(
    (cursor, signal) => {
      const params = { path: { webhook_id: id }, query: { cursor, limit: PAGE } };
      return ask(api.GET("/v1/webhooks/{webhook_id}/deliveries", { params, signal }));
    },
    [id],
  );
  const sending = useDeed(async (delivery: Delivery) => {
    const params = { path: { webhook_id: id, delivery_id: delivery.id } };
    await ask(api.POST("/v1/webhooks/{webhook_id}/deliveries/{delivery_id}/redeliver", { params }));
    say("It is on its way again.");
    pages.reload();
  });
  const waits = pages.items !== undefined && pages.items.length <= PAGE && pages.items.some(({ state }) => state === "pending");
  useEffect(() => {
    if (!waits) return;
    const timer = setInterval(pages.reload, EVERY_MS);
    return () => clearInterval(timer);
  }, [waits, pages.reload]);
  useEffect(() => {
    if (turn > 0) pages.reload();
  }, [turn]);
  return (
    <section>
      <header class="row">
        <h2>Deliveries</h2>
        <button type="button" onClick={pages.reload} disabled={pages.loading}>
          Look again
        </button>
      </header>
      <Trouble failure={sending.failure} />
      <PagedTable
        caption="Deliveries"
        columns={COLUMNS((delivery) => void sending.run(delivery), sending.busy)}
        keyOf={(delivery) => delivery.id}
        pages={pages}
        empty={
          <Empty title="It has been told nothing yet.">
            <p>Send a ping to see whether it is reached.</p>
          </Empty>
        }
      />
      <p class="hint">
        What is not taken is sent again after 10 seconds, 30, 2 minutes, 10, an hour and six hours; then it is given up. Sent again
        from here, it has the id and the words it had, so that a receiver that knows it already can pass it over; after 30 days it is kept no
        longer.
      </p>
    </section>
  );
}

const doing = ({ state }: Delivery) => (state === "pending" ? "Send now" : "Send again");

function Became({ of: { state, last_error, due_at, delivered_at, attempts } }: { of: Delivery }) {
  const now = useNow(state === "pending" ? 1000 : 0);
  if (state === "delivered")
    return (
      <>
        <Badge tone="good">taken</Badge> <Time at={delivered_at} />
      </>
    );
  if (state === "failed")
    return (
      <>
        <Badge tone="bad">given up</Badge> {last_error}
      </>
    );
  const due = Date.parse(due_at) <= now ? "now" : ago(due_at, now);
  return (
    <>
      <Badge tone="busy">waits</Badge> {last_error} {attempts > 0 ? `Next try ${due}.` : ""}
    </>
  );
}
