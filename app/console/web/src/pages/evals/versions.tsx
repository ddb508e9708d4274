import { api, ask, type Shapes } from "../../api/client";
import { usePages } from "../../api/hooks";
import { count } from "../../parts/numbers";
import { useNames } from "../../parts/people";
import { Empty } from "../../parts/states";
import { PagedTable } from "../../parts/table";
import { Time } from "../../parts/time";

/** Every version of a set; none of them ever changes, and each can still be looked at and run. */
export function Versions({ set }: { set: Shapes["EvalSetRead"] }) {
  const nameOf = useNames();
  const pages = usePages(
    (cursor, signal) => ask(api.GET("/v1/evals/sets/{set_id}/versions", { params: { path: { set_id: set.id }, query: { cursor, limit: 50 } }, signal })),
    [set.id, set.version],
  );
  return (
    <PagedTable
      caption="Versions"
      keyOf={({ version }) => String(version)}
      pages={pages}
      columns={[
        {
          name: "Version",
          cell: ({ version }) => <a href={`/console/evals/sets/${set.id}?version=${version}`}>Version {version}</a>,
        },
        { name: "Cases", number: true, cell: ({ case_count }) => count(case_count) },
        { name: "Note", wide: true, cell: ({ note }) => note ?? <span class="quiet">—</span> },
        { name: "By", wide: true, cell: ({ created_by }) => nameOf(created_by) },
        { name: "Made", cell: ({ created_at }) => <Time at={created_at} /> },
        { name: "Hash of its cases", cell: ({ content_hash }) => <code title={content_hash}>{content_hash.slice(0, 12)}</code> },
      ]}
      empty={<Empty title="There is no version before there is a case." />}
    />
  );
}
