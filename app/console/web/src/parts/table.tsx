/** A list as a table; on a narrow screen every row becomes a block with its columns named. */

import type { ComponentChildren } from "preact";
import type { Pages } from "../api/hooks";
import { Failed, Loading, Trouble } from "./states";

export interface Column<T> {
  name: string;
  cell: (item: T) => ComponentChildren;
  /** Numbers stand at the right. */
  number?: boolean;
  wide?: boolean;
}

interface TableProps<T> {
  caption: string;
  columns: Column<T>[];
  items: T[];
  keyOf: (item: T) => string;
}

export function Table<T>({ caption, columns, items, keyOf }: TableProps<T>) {
  return (
    <table class="list">
      <caption class="unseen">{caption}</caption>
      <thead>
        <tr>
          {columns.map((column) => (
            <th key={column.name} scope="col" class={column.number ? "number" : ""}>
              {column.name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {items.map((item) => (
          <tr key={keyOf(item)}>
            {columns.map((column) => (
              <td
                key={column.name}
                data-name={column.name}
                class={[column.number ? "number" : "", column.wide ? "wide" : ""].join(" ").trim()}
              >
                {column.cell(item)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

interface PagedProps<T> extends Omit<TableProps<T>, "items"> {
  pages: Pages<T>;
  empty: ComponentChildren;
}

/** A table read by cursor, in all its states. */
export function PagedTable<T>({ pages, empty, ...table }: PagedProps<T>) {
  if (!pages.items)
    return pages.failure ? <Failed failure={pages.failure} retry={pages.reload} /> : <Loading what={table.caption} />;
  if (pages.items.length === 0) return <>{empty}</>;
  return (
    <>
      <Trouble failure={pages.failure} retry={pages.reload} />
      <Table {...table} items={pages.items} />
      <More pages={pages} />
    </>
  );
}

export function More<T>({ pages }: { pages: Pages<T> }) {
  if (!pages.hasMore) return null;
  return (
    <p class="more">
      <button type="button" onClick={pages.more} disabled={pages.loading}>
        {pages.loading ? "Loading…" : "More"}
      </button>
    </p>
  );
}
