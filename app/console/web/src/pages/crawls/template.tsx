/** Who may read what a crawl brings: what the collection says, or entries that every page gets. */

import { useState } from "preact/hooks";
import { Combobox } from "../../parts/combobox";
import { Field } from "../../parts/field";
import { findGroups, findUsers } from "../../parts/finding";
import { useNames } from "../../parts/people";
import { deedsOf } from "../access/resource";
import type { Acl } from "./plan";

type Entry = NonNullable<Acl["aces"]>[number];
type Sort = "group" | "user" | "everyone";

interface TemplateProps {
  acl: Acl | null;
  change: (acl: Acl | null) => void;
}

export function Template({ acl, change }: TemplateProps) {
  const [called, call] = useState<Record<string, string>>({});
  const nameOf = useNames(acl !== null);
  const entries = acl?.aces ?? [];
  const put = (aces: Entry[]) => change({ inherit: acl?.inherit ?? false, aces });
  const name = ({ principal_type, principal_id }: Entry) =>
    principal_type === "everyone" ? "everyone" : (called[principal_id ?? ""] ?? nameOf(principal_id ?? ""));
  return (
    <fieldset class="template">
      <legend>Who may read its pages</legend>
      <label class="choice">
        <input type="radio" name="readers" checked={acl === null} onChange={() => change(null)} /> Those who may read the collection
      </label>
      <label class="choice">
        <input
          type="radio"
          name="readers"
          checked={acl !== null && !acl.inherit}
          onChange={() => change({ inherit: false, aces: entries })}
        />{" "}
        Only these
      </label>
      <label class="choice">
        <input type="radio" name="readers" checked={acl?.inherit === true} onChange={() => change({ inherit: true, aces: entries })} />{" "}
        Those of the collection, and these
      </label>
      {acl && (
        <>
          <ul class="entries">
            {entries.map((entry, at) => (
              <li key={`${entry.principal_type} ${entry.principal_id} ${at}`}>
                {entry.ace_type === "deny" && "denied: "}
                {name(entry)} <span class="quiet">{saidOf(entry)}</span>{" "}
                <button
                  type="button"
                  class="plain"
                  aria-label={`Take away ${name(entry)}`}
                  onClick={() => put(entries.filter((_, other) => other !== at))}
                >
                  Take away
                </button>
              </li>
            ))}
            {entries.length === 0 && <li class="quiet">{acl.inherit ? "Nobody else." : "Nobody yet but their owner and administrators."}</li>}
          </ul>
          <Adding
            add={(entry, name) => {
              if (entry.principal_id) call({ ...called, [entry.principal_id]: name });
              put([...entries, entry]);
            }}
          />
        </>
      )}
    </fieldset>
  );
}

function Adding({ add }: { add: (entry: Entry, name: string) => void }) {
  const [sort, setSort] = useState<Sort>("group");
  const put = (id: string | null, name: string) =>
    add({ ace_type: "allow", principal_type: sort, principal_id: id, permissions: "VIEWER" }, name);
  return (
    <div class="adding">
      <Field name="Let read">
        {(control) => (
          <select {...control} value={sort} onChange={(event) => setSort(event.currentTarget.value as Sort)}>
            <option value="group">a group</option>
            <option value="user">a person</option>
            <option value="everyone">everyone</option>
          </select>
        )}
      </Field>
      {sort === "everyone" ? (
        <button type="button" onClick={() => put(null, "everyone")}>
          Add everyone
        </button>
      ) : (
        <Combobox
          key={sort}
          name={sort === "group" ? "Group to add" : "Person to add"}
          find={sort === "group" ? findGroups : findUsers}
          chosen={null}
          choose={(choice) => choice && put(choice.id, choice.name)}
        />
      )}
    </div>
  );
}

/** What an entry is about. */
function saidOf({ permissions }: Entry): string {
  if (permissions === "VIEWER") return "reads";
  return Array.isArray(permissions) ? deedsOf(permissions) : String(permissions).toLowerCase();
}
