/** Who may do what, and why: one thing's entries, the explainer, and everybody who may. All that is asked stands in the address. */

import { useLocation } from "preact-iso";
import { useMe } from "../api/me";
import { Combobox } from "../parts/combobox";
import { Field } from "../parts/field";
import { findCollections, findUsers } from "../parts/finding";
import { Page } from "../parts/page";
import { Empty } from "../parts/states";
import { Tabs } from "../parts/tabs";
import { Entries } from "./access/entries";
import { Explainer } from "./access/explainer";
import { accessHref, type Deed, DEEDS, findDocuments, hrefOf, isDeed, placeOf, useNamed } from "./access/resource";
import { Who } from "./access/who";
import "./access.css";

const TABS = [
  { id: "entries", name: "Entries" },
  { id: "explain", name: "Can somebody?" },
  { id: "who", name: "Who can?" },
];

export default function Access() {
  const { query, route } = useLocation();
  const me = useMe();
  const { on, who = me.id } = query;
  const deed: Deed = isDeed(query.do) ? query.do : "READ";
  const tab = TABS.some(({ id }) => id === query.tab) ? query.tab! : "entries";
  const thing = useNamed(on);
  const place = on ? placeOf(on) : null;
  const above = place?.type === "document" ? thing?.collection : undefined;
  const go = (next: Record<string, string | undefined>) => route(accessHref({ on, tab, who: query.who, do: query.do, ...next }));
  return (
    <Page
      title="Access"
      lead="Who may do what, and why. Everything asked here stands in the address: send it, and others see what they may see."
      actions={place && <a class="button" href={hrefOf(place)}>Open {thing?.name}</a>}
    >
      <div class="fields">
        <Subject on={on} above={above} choose={(id) => go({ on: id })} />
      </div>
      {!place && (
        <Empty title="Choose a collection, or a document in it.">
          <p>Then see its entries, ask why somebody may or may not, and who can see it.</p>
        </Empty>
      )}
      {place && (
        <Tabs name="Access" tabs={TABS} shown={tab} show={(id) => go({ tab: id })}>
          {tab !== "entries" && (
            <div class="fields">
              {tab === "explain" && <Somebody id={who} choose={(id) => go({ who: id })} />}
              <Field name="May">
                {(control) => (
                  <select {...control} value={deed} onChange={(event) => go({ do: event.currentTarget.value })}>
                    {DEEDS.map(([id, name]) => (
                      <option key={id} value={id}>
                        {name}
                      </option>
                    ))}
                  </select>
                )}
              </Field>
            </div>
          )}
          {tab === "entries" && <Entries key={place.id} place={place} above={above} />}
          {tab === "explain" && <Explainer place={place} who={who} deed={deed} />}
          {tab === "who" && <Who place={place} deed={deed} />}
        </Tabs>
      )}
    </Page>
  );
}

interface SubjectProps {
  on: string | undefined;
  above: string | undefined;
  choose: (id: string | undefined) => void;
}

function Subject({ on, above, choose }: SubjectProps) {
  const collection = useNamed(on?.startsWith("col_") ? on : above);
  const document = useNamed(on?.startsWith("doc_") ? on : undefined);
  return (
    <>
      <Combobox
        name="Collection"
        find={findCollections}
        chosen={collection}
        choose={(choice) => choice && choose(choice.id)}
        placeholder="Type a name"
      />
      {collection && (
        <Combobox
          key={collection.id}
          name="Document"
          find={(typed, signal) => findDocuments(collection.id, typed, signal)}
          chosen={document}
          choose={(choice) => choose(choice?.id ?? collection.id)}
          placeholder="The collection itself"
        />
      )}
    </>
  );
}

function Somebody({ id, choose }: { id: string; choose: (id: string) => void }) {
  const me = useMe();
  const named = useNamed(id === me.id ? undefined : id);
  const chosen = named ?? { id: me.id, name: `${me.name || me.email} (you)` };
  return <Combobox name="Can" find={findUsers} chosen={chosen} choose={(choice) => choice && choose(choice.id)} />;
}
