/** The fields of what is crawled: what people need first, and the rest folded. */

import type { Failure } from "../../api/failure";
import { permits, useMe } from "../../api/me";
import { Field } from "../../parts/field";
import type { Plan } from "./plan";
import { Template } from "./template";

export interface FieldsProps {
  plan: Plan;
  change: (changes: Partial<Plan>) => void;
  failure: Failure | undefined;
  /** Whether it is known who may read the pages; what is not known is not asked about either. */
  tellsAcl?: boolean;
}

export function Fields({ plan, change, failure, tellsAcl = true }: FieldsProps) {
  const folded = failure?.details.some(({ field }) => !/(^|\.)(seed_url|max_pages|max_depth)$/.test(field));
  return (
    <>
      <Field name="Address" field="seed_url" failure={failure} hint="Where it begins; it follows the links from there.">
        {(control) => (
          <input
            {...control}
            type="url"
            required
            maxLength={2000}
            placeholder="https://docs.example.com/"
            value={plan.seed_url}
            onInput={(event) => change({ seed_url: event.currentTarget.value })}
          />
        )}
      </Field>
      <div class="fields">
        <Numeral name="Pages at most" field="max_pages" min={1} max={100_000} {...{ plan, change, failure }} />
        <Numeral
          name="Links away at most"
          field="max_depth"
          min={0}
          max={100}
          hint="0: that page alone."
          {...{ plan, change, failure }}
        />
      </div>
      <details class="unfold" open={folded || undefined} onInvalidCapture={(event) => (event.currentTarget.open = true)}>
        <summary>Patterns, sitemaps, size, who may read the pages</summary>
        <Rest plan={plan} change={change} failure={failure} tellsAcl={tellsAcl} />
      </details>
    </>
  );
}

function Rest({ plan, change, failure, tellsAcl }: FieldsProps) {
  const me = useMe();
  const patterns = (name: string, field: "include" | "exclude", hint: string) => (
    <Field name={name} field={`${field}_patterns`} failure={failure} hint={hint}>
      {(control) => (
        <textarea
          {...control}
          rows={3}
          spellcheck={false}
          value={plan[field]}
          onInput={(event) => change({ [field]: event.currentTarget.value })}
        />
      )}
    </Field>
  );
  return (
    <>
      <div class="fields">
        {patterns("Only addresses like", "include", "One a line, * for anything: https://docs.example.com/v2/*")}
        {patterns("No addresses like", "exclude", "One a line; goes before the others.")}
      </div>
      <label class="choice">
        <input type="checkbox" checked={plan.use_sitemap} onChange={(event) => change({ use_sitemap: event.currentTarget.checked })} />{" "}
        Begin with what the site's sitemaps name, too
      </label>
      <label class="choice">
        <input
          type="checkbox"
          checked={plan.follow_external}
          onChange={(event) => change({ follow_external: event.currentTarget.checked })}
        />{" "}
        Follow links to other hosts, too
      </label>
      <div class="fields after">
        <Numeral
          name="Megabytes at most"
          field="megabytes"
          said="max_total_bytes"
          min={1}
          max={1_048_576}
          hint="Of all pages together, unpacked."
          {...{ plan, change, failure }}
        />
        <Numeral
          name="A page that is gone goes after so many runs"
          field="grace_crawls"
          min={0}
          max={1000}
          {...{ plan, change, failure }}
        />
        <Numeral name="or after so many days" field="grace_days" min={0} max={1000} {...{ plan, change, failure }} />
      </div>
      {tellsAcl && permits(me, "scaimatrix:access") && <Template acl={plan.acl} change={(acl) => change({ acl })} />}
      <p class="hint">
        robots.txt is obeyed, with the rest it asks for. A host is asked for one page at a time, whosever crawls they are; addresses
        inside your own network are not asked at all.
      </p>
    </>
  );
}

interface NumeralProps extends FieldsProps {
  name: string;
  field: "max_pages" | "max_depth" | "megabytes" | "grace_crawls" | "grace_days";
  /** What the API calls it, where that is another name. */
  said?: string;
  min: number;
  max: number;
  hint?: string;
}

function Numeral({ name, field, said = field, min, max, hint, plan, change, failure }: NumeralProps) {
  return (
    <Field name={name} field={said} failure={failure} hint={hint}>
      {(control) => (
        <input
          {...control}
          type="number"
          required
          min={min}
          max={max}
          step={field === "megabytes" ? "any" : 1}
          value={Number.isNaN(plan[field]) ? "" : plan[field]}
          onInput={(event) => change({ [field]: event.currentTarget.valueAsNumber })}
        />
      )}
    </Field>
  );
}
