/** Choosing one thing out of many by typing, after ARIA's pattern of an editable combobox with a list. */

import { useEffect, useId, useState } from "preact/hooks";
import { isAbort } from "../api/failure";

export interface Choice {
  id: string;
  name: string;
  hint?: string;
}

interface ComboboxProps {
  name: string;
  /** What matches what was typed. */
  find: (typed: string, signal: AbortSignal) => Promise<Choice[]>;
  chosen: Choice | null;
  choose: (choice: Choice | null) => void;
  placeholder?: string;
}

const TYPING_MS = 150;

export function Combobox({ name, find, chosen, choose, placeholder }: ComboboxProps) {
  const id = useId();
  const [typed, setTyped] = useState<string | null>(null);
  const [choices, setChoices] = useState<Choice[]>([]);
  const [at, setAt] = useState(0);
  const [said, setSaid] = useState("");
  const open = typed !== null;
  useEffect(() => {
    if (typed === null) return;
    const leaving = new AbortController();
    const timer = setTimeout(() => {
      find(typed, leaving.signal)
        .then((found) => {
          if (leaving.signal.aborted) return;
          setChoices(found);
          setAt(0);
          setSaid(found.length ? `${found.length} to choose from` : "Nothing found");
        })
        .catch((thrown: unknown) => isAbort(thrown) || setSaid("The list could not be read."));
    }, TYPING_MS);
    return () => (clearTimeout(timer), leaving.abort());
  }, [typed]);
  const take = (choice: Choice | undefined) => {
    if (choice) choose(choice);
    setTyped(null);
  };
  const press = (event: KeyboardEvent) => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by) {
      event.preventDefault();
      if (!open) setTyped("");
      else if (choices.length) setAt((at + by + choices.length) % choices.length);
    } else if (event.key === "Enter" && open) {
      event.preventDefault();
      take(choices[at]);
    } else if (event.key === "Escape" && open) {
      event.preventDefault();
      setTyped(null);
    }
  };
  return (
    <div class="combobox">
      <label class="field-name" for={id}>
        {name}
      </label>
      <input
        id={id}
        role="combobox"
        aria-expanded={open}
        aria-controls={`${id}-list`}
        aria-autocomplete="list"
        aria-activedescendant={open && choices[at] ? `${id}-${at}` : undefined}
        autocomplete="off"
        spellcheck={false}
        placeholder={placeholder}
        value={typed ?? chosen?.name ?? ""}
        onFocus={(event) => event.currentTarget.select()}
        onInput={(event) => {
          if (!event.currentTarget.value) choose(null);
          setTyped(event.currentTarget.value);
        }}
        onClick={() => setTyped(typed ?? "")}
        onKeyDown={press}
        onBlur={() => setTyped(null)}
      />
      <ul id={`${id}-list`} role="listbox" aria-label={name} hidden={!open || choices.length === 0}>
        {choices.map((choice, index) => (
          <li
            key={choice.id}
            id={`${id}-${index}`}
            role="option"
            aria-selected={index === at}
            onMouseDown={(event) => {
              event.preventDefault();
              take(choice);
            }}
          >
            {choice.name} {choice.hint && <span class="quiet">{choice.hint}</span>}
          </li>
        ))}
      </ul>
      <span class="unseen" role="status">
        {open ? said : ""}
      </span>
    </div>
  );
}
