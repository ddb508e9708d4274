/** What was just done, for a terminal or a program. The key stands as a variable: it is nowhere in the text. */

import { useState } from "preact/hooks";
import { inTenant } from "../api/acting";
import { CopyButton } from "./copy";

export interface Call {
  method: string;
  path: string;
  body?: unknown;
  /** The command line's own words for it, where it has them. */
  cli?: string;
}

/** For a shell. */
export const quoted = (text: string): string => `'${text.replace(/'/g, `'\\''`)}'`;

function curl({ method, path, body }: Call): string {
  const lines = [`curl -sS -X ${method} ${quoted(location.origin + inTenant(path))}`, `-H "Authorization: Bearer $SCAIGRID_API_KEY"`];
  if (body !== undefined) lines.push(`-H 'Content-Type: application/json'`, `-d ${quoted(JSON.stringify(body))}`);
  return lines.join(" \\\n  ");
}

function python({ method, path, body }: Call): string {
  const sent = body === undefined ? "" : `\n    json=${literal(body)},`;
  return `import os
import httpx

answer = httpx.request(
    "${method}",
    "${location.origin}${inTenant(path)}",
    headers={"Authorization": f"Bearer {os.environ['SCAIGRID_API_KEY']}"},${sent}
)
answer.raise_for_status()
print(answer.json()["data"])`;
}

/** JSON in Python's words. */
function literal(value: unknown): string {
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (Array.isArray(value)) return `[${value.map(literal).join(", ")}]`;
  if (typeof value === "object")
    return `{${Object.entries(value).map(([name, held]) => `${JSON.stringify(name)}: ${literal(held)}`).join(", ")}}`;
  return JSON.stringify(value);
}

export function AsCode({ call }: { call: Call }) {
  const forms: [string, string][] = [["curl", curl(call)], ["Python", python(call)]];
  if (call.cli) forms.push(["CLI", call.cli]);
  const [shown, show] = useState("curl");
  const text = forms.find(([name]) => name === shown)?.[1] ?? "";
  return (
    <details class="as-code">
      <summary>Copy as {forms.map(([name]) => name).join(" · ")}</summary>
      <div class="row">
        {forms.map(([name]) => (
          <button key={name} type="button" aria-pressed={name === shown} onClick={() => show(name)}>
            {name}
          </button>
        ))}
        <CopyButton text={text}>Copy</CopyButton>
      </div>
      <pre tabIndex={0} aria-label={`As ${shown}`}>
        {text}
      </pre>
    </details>
  );
}
