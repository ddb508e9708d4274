/** Which backends serve a model, and in which order they are tried. */

import type { Shapes } from "../../api/client";

export type Link = Shapes["LinkRead"];

interface LinksProps {
  links: Link[];
  offered: Shapes["BackendRead"][];
  put: (links: Link[]) => void;
}

export function Links({ links, offered, put }: LinksProps) {
  const uriOf = (id: string) => offered.find((backend) => backend.id === id)?.uri ?? id;
  const others = offered.filter(({ id }) => !links.some(({ backend_id }) => backend_id === id));
  const change = (at: number, changes: Partial<Link>) => put(links.map((link, place) => (place === at ? { ...link, ...changes } : link)));
  const number = (link: Link, at: number, name: "priority" | "weight", least: number) => (
    <label>
      <span class="quiet">{name}</span>{" "}
      <input
        class="few"
        type="number"
        min={least}
        max={1_000_000}
        aria-label={`${name} of ${uriOf(link.backend_id)}`}
        value={link[name]}
        onInput={(event) => !Number.isNaN(event.currentTarget.valueAsNumber) && change(at, { [name]: event.currentTarget.valueAsNumber })}
      />
    </label>
  );
  return (
    <fieldset class="links">
      <legend>Served by</legend>
      <ul>
        {links.map((link, at) => (
          <li key={link.backend_id} class="row">
            <span class="uri">{uriOf(link.backend_id)}</span>
            {number(link, at, "priority", 0)}
            {number(link, at, "weight", 1)}
            <button type="button" aria-label={`No longer ${uriOf(link.backend_id)}`} onClick={() => put(links.filter((_, place) => place !== at))}>
              Take away
            </button>
          </li>
        ))}
      </ul>
      {others.length > 0 && (
        <select
          aria-label="Serve it by another backend too"
          value=""
          onChange={(event) => put([...links, { backend_id: event.currentTarget.value, priority: links.length, weight: 1 }])}
        >
          <option value="">Add a backend…</option>
          {others.map(({ id, uri }) => (
            <option key={id} value={id}>
              {uri}
            </option>
          ))}
        </select>
      )}
      <p class="hint">The lowest priority number is tried first; among equals each gets its share by weight. One that fails is passed over.</p>
    </fieldset>
  );
}
