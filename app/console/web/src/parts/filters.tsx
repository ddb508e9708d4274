/** What narrows a list down. All of it stands in the address, so that it can be sent to somebody. */

import { useLocation } from "preact-iso";
import { Field } from "./field";

/** What the address says, and a way to say something else; an empty word is left out of it. */
export function useFilters(path: string): [Record<string, string>, (next: Record<string, string>) => void] {
  const { query, route } = useLocation();
  const go = (next: Record<string, string>) => {
    const said = new URLSearchParams(Object.entries({ ...query, ...next }).filter(([, value]) => value)).toString();
    route(said ? `${path}?${said}` : path);
  };
  return [query, go];
}

interface DayProps {
  name: string;
  value: string;
  most: string;
  choose: (day: string) => void;
}

export function Day({ name, value, most, choose }: DayProps) {
  return (
    <Field name={name}>
      {(control) => <input {...control} type="date" value={value} max={most} onChange={(event) => choose(event.currentTarget.value)} />}
    </Field>
  );
}

interface ChoiceProps<T extends string> {
  name: string;
  value: T;
  offered: readonly T[];
  names: Record<T, string>;
  choose: (chosen: string) => void;
}

export function Choice<T extends string>({ name, value, offered, names, choose }: ChoiceProps<T>) {
  return (
    <Field name={name}>
      {(control) => (
        <select {...control} value={value} onChange={(event) => choose(event.currentTarget.value)}>
          {offered.map((one) => (
            <option key={one} value={one}>
              {names[one]}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

interface WordProps {
  name: string;
  value: string;
  choose: (word: string) => void;
  placeholder?: string;
}

/** A word of somebody's own; it counts once Enter is pressed or the field is left. */
export function Word({ name, value, choose, placeholder }: WordProps) {
  return (
    <Field name={name}>
      {(control) => (
        <input
          {...control}
          type="search"
          autocomplete="off"
          spellcheck={false}
          maxLength={190}
          placeholder={placeholder}
          value={value}
          onChange={(event) => choose(event.currentTarget.value.trim())}
        />
      )}
    </Field>
  );
}
