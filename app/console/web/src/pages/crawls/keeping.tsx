/** What a saved crawl has besides its plan: its name, when it runs, and whether a signed call starts it. */

import type { Failure } from "../../api/failure";
import { Field } from "../../parts/field";
import type { Keeping, Schedule } from "./plan";
import { capital } from "./words";

const DAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] as const;
const RHYTHMS: Record<Schedule["type"] | "never", string> = {
  never: "Only when it is started",
  hourly: "Every hour",
  daily: "Every day",
  weekly: "Every week",
  cron: "By a cron expression",
};

interface KeepingProps {
  keeping: Keeping;
  change: (changes: Partial<Keeping>) => void;
  failure: Failure | undefined;
}

export function KeepingFields({ keeping, change, failure }: KeepingProps) {
  return (
    <>
      <Field name="Name" field="name" failure={failure} hint="So that it is known later.">
        {(control) => (
          <input
            {...control}
            required
            maxLength={255}
            value={keeping.name}
            onInput={(event) => change({ name: event.currentTarget.value })}
          />
        )}
      </Field>
      <When schedule={keeping.schedule} change={(schedule) => change({ schedule })} failure={failure} />
      <label class="choice signed">
        <input type="checkbox" checked={keeping.webhook} onChange={(event) => change({ webhook: event.currentTarget.checked })} /> A
        signed call from outside may start it, GitHub's webhooks for example
      </label>
    </>
  );
}

interface WhenProps {
  schedule: Schedule | null;
  change: (schedule: Schedule | null) => void;
  failure: Failure | undefined;
}

function When({ schedule, change, failure }: WhenProps) {
  const type = schedule?.type ?? "never";
  const timezone = schedule?.timezone ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
  const choose = (rhythm: Schedule["type"] | "never") => {
    if (rhythm === "never") change(null);
    else if (rhythm === "cron") change({ type: rhythm, timezone, cron: schedule?.cron ?? "0 3 * * *" });
    else change({ type: rhythm, timezone, time: schedule?.time ?? "03:00", ...(rhythm === "weekly" && { day: "monday" as const }) });
  };
  const put = (said: Partial<Schedule>) => schedule && change({ ...schedule, ...said });
  return (
    <>
      <div class="fields">
        <Field name="When it runs" field="schedule" failure={failure}>
          {(control) => (
            <select {...control} value={type} onChange={(event) => choose(event.currentTarget.value as Schedule["type"] | "never")}>
              {Object.entries(RHYTHMS).map(([rhythm, said]) => (
                <option key={rhythm} value={rhythm}>
                  {said}
                </option>
              ))}
            </select>
          )}
        </Field>
        {type === "weekly" && (
          <Field name="On" field="schedule.day" failure={failure}>
            {(control) => (
              <select
                {...control}
                value={schedule?.day ?? "monday"}
                onChange={(event) => put({ day: event.currentTarget.value as (typeof DAYS)[number] })}
              >
                {DAYS.map((day) => (
                  <option key={day} value={day}>
                    {capital(day)}
                  </option>
                ))}
              </select>
            )}
          </Field>
        )}
        {schedule && type !== "cron" && (
          <Field name="At" field="schedule.time" failure={failure} hint={type === "hourly" ? "Only the minutes count." : undefined}>
            {(control) => (
              <input
                {...control}
                type="time"
                required
                value={schedule.time ?? "00:00"}
                onInput={(event) => put({ time: event.currentTarget.value })}
              />
            )}
          </Field>
        )}
        {schedule && type === "cron" && (
          <Field name="Cron expression" field="schedule.cron" failure={failure} hint="Minute, hour, day, month, weekday.">
            {(control) => (
              <input
                {...control}
                required
                minLength={9}
                maxLength={100}
                spellcheck={false}
                value={schedule.cron ?? ""}
                onInput={(event) => put({ cron: event.currentTarget.value })}
              />
            )}
          </Field>
        )}
        {schedule && (
          <Field name="Times are those of" field="schedule.timezone" failure={failure} hint="Europe/Amsterdam, UTC…">
            {(control) => (
              <input
                {...control}
                required
                maxLength={64}
                spellcheck={false}
                value={timezone}
                onInput={(event) => put({ timezone: event.currentTarget.value })}
              />
            )}
          </Field>
        )}
      </div>
    </>
  );
}
