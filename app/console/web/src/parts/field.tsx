import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";
import type { Failure } from "../api/failure";

interface FieldProps {
  name: string;
  /** The field's name in the API, at which its complaint is shown. */
  field?: string;
  failure?: Failure | undefined;
  hint?: ComponentChildren;
  children: (control: { id: string; "aria-describedby": string | undefined; "aria-invalid": boolean }) => ComponentChildren;
}

/** A label, a control, a hint, and what the API said of exactly this field. */
export function Field({ name, field, failure, hint, children }: FieldProps) {
  const id = useId();
  const complaint = field ? failure?.of(field) : undefined;
  const about = [hint ? `${id}-hint` : "", complaint ? `${id}-error` : ""].filter(Boolean).join(" ");
  return (
    <div class="field">
      <label class="field-name" for={id}>
        {name}
      </label>
      {children({ id, "aria-describedby": about || undefined, "aria-invalid": complaint !== undefined })}
      {hint && (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      {complaint && (
        <p class="complaint" id={`${id}-error`} role="alert">
          {complaint}
        </p>
      )}
    </div>
  );
}
