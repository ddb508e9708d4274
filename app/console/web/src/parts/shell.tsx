/** What stands around every page: the navigation at the left, the bar above. */

import type { ComponentChildren } from "preact";
import { useLocation } from "preact-iso";
import { useRef, useState } from "preact/hooks";
import { acting } from "../api/acting";
import { useMe } from "../api/me";
import { signOut } from "../api/oidc";
import { BY_PREFIX, entriesFor } from "../routes";
import { Dialog } from "./dialog";
import { HealthDot } from "./health";
import { useShortcuts } from "./shortcuts";
import { TenantSwitch } from "./tenant-switch";
import { ThemeSwitch } from "./theme";

export function Shell({ children }: { children: ComponentChildren }) {
  const { path, route } = useLocation();
  const entries = entriesFor(useMe());
  const [open, setOpen] = useState(false);
  const [help, setHelp] = useState(false);
  const search = useRef<HTMLInputElement>(null);
  useShortcuts({
    go: Object.fromEntries(entries.map((entry) => [entry.key, entry.href])),
    route,
    search: () => search.current?.focus(),
    help: () => setHelp(true),
  });
  const around = entries.filter(({ href }) => path === href || (href !== "/console" && path.startsWith(`${href}/`)));
  const nearest = around.reduce((longest, { href }) => (href.length > longest.length ? href : longest), "");
  return (
    <div class="shell">
      <a class="skip" href="#main">
        Skip to the page
      </a>
      <header class="bar">
        <button type="button" class="plain fold" aria-expanded={open} aria-controls="navigation" onClick={() => setOpen(!open)}>
          <span aria-hidden="true">☰</span>
          <span class="unseen">Navigation</span>
        </button>
        <a class="brand" href="/console">
          <img src="/console/icon.svg" alt="" width="22" height="22" />
          ScaiGrid
        </a>
        <SearchBox field={search} route={route} />
        <HealthDot />
        <You />
      </header>
      <nav id="navigation" class={open ? "side open" : "side"} aria-label="Main" onClick={(event) => event.target instanceof HTMLAnchorElement && setOpen(false)}>
        <ul>
          {entries.map(({ name, href }) => (
            <li key={href}>
              <a href={href} aria-current={href === nearest ? "page" : undefined}>
                {name}
              </a>
            </li>
          ))}
        </ul>
        <div class="side-foot">
          <ThemeSwitch />
          <button type="button" class="plain" onClick={() => setHelp(true)}>
            Keys <kbd>?</kbd>
          </button>
        </div>
      </nav>
      <main id="main" tabIndex={-1}>
        {children}
      </main>
      {help && (
        <Dialog title="Keys" close={() => setHelp(false)}>
          <dl class="keys">
            <dt>
              <kbd>/</kbd>
            </dt>
            <dd>Search, or go to an id</dd>
            {entries.map(({ key, name }) => (
              <>
                <dt>
                  <kbd>g</kbd> <kbd>{key}</kbd>
                </dt>
                <dd>{name}</dd>
              </>
            ))}
            <dt>
              <kbd>?</kbd>
            </dt>
            <dd>This help</dd>
          </dl>
        </Dialog>
      )}
    </div>
  );
}

interface SearchBoxProps {
  field: { current: HTMLInputElement | null };
  route: (href: string) => void;
}

/** Words are searched for; an id leads to its thing. */
function SearchBox({ field, route }: SearchBoxProps) {
  const [typed, setTyped] = useState("");
  const submit = (event: Event) => {
    event.preventDefault();
    const said = typed.trim();
    if (!said) return;
    const prefix = /^([a-z]+)_[A-Za-z0-9]+$/.exec(said)?.[1] ?? "";
    const lead = BY_PREFIX[prefix];
    setTyped("");
    field.current?.blur();
    route(lead ? lead(said) : `/console/search?query=${encodeURIComponent(said)}`);
  };
  return (
    <form class="find" role="search" onSubmit={submit}>
      <label>
        <span class="unseen">Search, or an id</span>
        <input
          ref={field}
          type="search"
          placeholder="Search, or an id"
          value={typed}
          aria-keyshortcuts="/"
          onInput={(event) => setTyped(event.currentTarget.value)}
          onKeyDown={(event) => event.key === "Escape" && event.currentTarget.blur()}
        />
      </label>
    </form>
  );
}

function You() {
  const me = useMe();
  return (
    <details class="you">
      <summary>
        <span class={acting() ? "tenant elsewhere" : "tenant"}>
          {acting() && "acting in "}
          {me.tenant_slug}
        </span>
        <span class="who">{me.name || me.email}</span>
      </summary>
      <div class="menu">
        <p>
          <strong>{me.name}</strong>
          <br />
          <span class="quiet">{me.email}</span>
        </p>
        <p class="quiet">{me.roles.map((role) => role.replaceAll("_", " ")).join(", ")}</p>
        <TenantSwitch />
        <button type="button" onClick={signOut}>
          Sign out
        </button>
      </div>
    </details>
  );
}
