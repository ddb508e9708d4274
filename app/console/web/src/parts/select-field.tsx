import type { Failure } from "../api/failure";
import { Field } from "./field";

interface SelectFieldProps<Value extends string> {
  name: string;
  field: string;
  failure: Failure | undefined;
  value: Value;
  choices: [Value, string][];
  put: (value: Value) => void;
}

/** One of some values, each said in words. */
export function SelectField<Value extends string>({ name, field, failure, value, choices, put }: SelectFieldProps<Value>) {
  return (
    <Field name={name} field={field} failure={failure}>
      {(control) => (
        <select {...control} value={value} onChange={(event) => put(event.currentTarget.value as Value)}>
          {choices.map(([value, words]) => (
            <option key={value} value={value}>
              {words}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}
