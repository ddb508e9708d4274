import { useState } from "preact/hooks";
import { permits, useMe } from "../../api/me";
import { Combobox } from "../../parts/combobox";
import { Field } from "../../parts/field";
import { findUsers } from "../../parts/finding";
import { useNames } from "../../parts/people";

interface ReadersProps {
  /** Ids, or addresses. */
  readers: string[];
  change: (readers: string[]) => void;
}

/** Those who are each asked every case; none: each case is asked as its own reader. */
export function Readers({ readers, change }: ReadersProps) {
  const lists = permits(useMe(), "users:manage");
  const [typed, setTyped] = useState("");
  const nameOf = useNames();
  const add = (id: string) => change([...readers.filter((one) => one !== id), id]);
  const take = () => {
    const id = typed.trim();
    if (id) add(id);
    setTyped("");
  };
  return (
    <>
      {lists ? (
        <Combobox name="Ask every case as" find={findUsers} chosen={null} choose={(chosen) => chosen && add(chosen.id)} placeholder="the reader of each case" />
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
          {readers.map((id) => (
            <li key={id}>
              {nameOf(id)}{" "}
              <button type="button" class="plain" aria-label={`Do not ask as ${nameOf(id)}`} onClick={() => change(readers.filter((one) => one !== id))}>
                ✕
              </button>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
