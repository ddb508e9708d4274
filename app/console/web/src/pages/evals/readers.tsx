import { useState } from "preact/hooks";
import { permits, useMe } from "../../api/me";
import { Combobox } from "../../parts/combobox";
import { Field } from "../../parts/field";
import { findUsers } from "../../parts/finding";

export interface Reader {
  id: string;
  name: string;
}

interface ReadersProps {
  readers: Reader[];
  change: (readers: Reader[]) => void;
}

/** Those who are each asked every case; none: each case is asked as its own reader. */
export function Readers({ readers, change }: ReadersProps) {
  const lists = permits(useMe(), "users:manage");
  const [typed, setTyped] = useState("");
  const add = (one: Reader) => change([...readers.filter(({ id }) => id !== one.id), one]);
  const take = () => {
    const id = typed.trim();
    if (id) add({ id, name: id });
    setTyped("");
  };
  return (
    <>
      {lists ? (
        <Combobox name="Ask every case as" find={findUsers} chosen={null} choose={(chosen) => chosen && add(chosen)} placeholder="the reader of each case" />
      ) : (
        <Field name="Ask every case as" hint="Id or address of a person; empty: each case as its own reader.">
          {(control) => (
            <input
              {...control}
              value={typed}
              autocomplete="off"
              onInput={(event) => setTyped(event.currentTarget.value)}
              onBlur={take}
              onKeyDown={(event) => event.key === "Enter" && (event.preventDefault(), take())}
            />
          )}
        </Field>
      )}
      {readers.length > 0 && (
        <ul class="chosen">
          {readers.map((one) => (
            <li key={one.id}>
              {one.name}{" "}
              <button type="button" class="plain" aria-label={`Do not ask as ${one.name}`} onClick={() => change(readers.filter(({ id }) => id !== one.id))}>
                ✕
              </button>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
