import type { Failure } from "../../api/failure";
import { Field } from "../../parts/field";
import { type Event, EVENTS } from "./events";

interface FieldsProps {
  url: string;
  events: Event[];
  put: (changes: { url?: string; events?: Event[] }) => void;
  failure: Failure | undefined;
}

export function WebhookFields({ url, events, put, failure }: FieldsProps) {
  const all = Object.keys(EVENTS) as Event[];
  const turn = (event: Event, on: boolean) => put({ events: all.filter((one) => (one === event ? on : events.includes(one))) });
  return (
    <>
      <Field name="Address" field="url" failure={failure} hint="Where a POST is sent. An address inside this network is refused, unless the operator lets it through.">
        {(control) => (
          <input
            {...control}
            type="url"
            required
            maxLength={2000}
            autocomplete="off"
            placeholder="https://example.com/hook"
            value={url}
            onInput={(event) => put({ url: event.currentTarget.value })}
          />
        )}
      </Field>
      <fieldset>
        <legend>It is told when</legend>
        {all.map((event) => (
          <label key={event} class="choice">
            <input type="checkbox" checked={events.includes(event)} onChange={(change) => turn(event, change.currentTarget.checked)} /> {EVENTS[event]}{" "}
            <code class="quiet">{event}</code>
          </label>
        ))}
      </fieldset>
    </>
  );
}
