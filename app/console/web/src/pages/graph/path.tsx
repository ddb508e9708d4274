/** How one thing is connected with another. */

import { useState } from "preact/hooks";
import { Field } from "../../parts/field";
import type { GraphNode } from "./shown";

export function Path({ nodes, connect }: { nodes: GraphNode[]; connect: (from: string, to: string) => void }) {
  const [from, setFrom] = useState("");
  const [to, setTo] = useState("");
  const byName = [...nodes].sort((one, other) => one.name.localeCompare(other.name));
  const choice = (name: string, chosen: string, choose: (id: string) => void) => (
    <Field name={name}>
      {(control) => (
        <select {...control} value={chosen} onChange={(event) => choose(event.currentTarget.value)}>
          <option value="">Choose one</option>
          {byName.map(({ id, name: called }) => (
            <option key={id} value={id}>
              {called}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
  const submit = (event: Event) => {
    event.preventDefault();
    connect(from, to);
  };
  return (
    <form class="fields path" onSubmit={submit}>
      {choice("Path from", from, setFrom)}
      {choice("Path to", to, setTo)}
      <div class="field">
        <button type="submit" disabled={!from || !to || from === to}>
          Find the path
        </button>
      </div>
    </form>
  );
}
