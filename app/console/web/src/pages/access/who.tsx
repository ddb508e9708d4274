/** Everybody who may do something to a thing, by what lets them. */

import { api, ask } from "../../api/client";
import { useQuery } from "../../api/hooks";
import { count, plural } from "../../parts/numbers";
import { Asked, Empty } from "../../parts/states";
import { principal } from "./entries";
import { RULES } from "./explainer";
import { accessHref, type Deed, type Place } from "./resource";

export function Who({ place, deed }: { place: Place; deed: Deed }) {
  const query = useQuery(
    (signal) =>
      ask(
        api.GET("/v1/modules/scaimatrix/permissions/{type}/{id}/who", {
          params: { path: { type: place.type, id: place.id }, query: { permission: deed } },
          signal,
        }),
      ),
    [place.id, deed],
  );
  return (
    <Asked query={query} what="who may">
      {(found) => (
        <>
          <p role="status">
            {plural(found.count, "person may", "people may")}
            {found.truncated && "; not all of them are listed"}. This question is kept in the audit log.
          </p>
          {found.ways.length === 0 && <Empty title="Nobody of the organisation may." />}
          {found.ways.map(({ rule, ace, count: held, people }, at) => (
            <details key={at} class="way" open={at === 0}>
              <summary>
                {RULES[rule]}
                {ace && <>: {principal(ace)}</>} <span class="quiet">{plural(held, "person", "people")}</span>
              </summary>
              <ul>
                {people.map(({ id, name }) => (
                  <li key={id}>
                    <a href={accessHref({ on: place.id, tab: "explain", who: id, do: deed })}>{name}</a>
                  </li>
                ))}
              </ul>
              {held > people.length && <p class="quiet">and {count(held - people.length)} more</p>}
            </details>
          ))}
        </>
      )}
    </Asked>
  );
}
