/** What the pages of Settings share: the way from one to the next, and saying whose they are. */

import type { ComponentChildren } from "preact";
import { useLocation } from "preact-iso";
import { type Me, permits, useMe } from "../../api/me";
import { Page } from "../page";
import { Lacking } from "./lacking";
import "./settings.css";

export interface Section {
  name: string;
  href: string;
  /** Any one of them lets a caller in. */
  needs: string[];
  says: string;
}

export const SECTIONS: Section[] = [
  { name: "Models", href: "/console/settings/models", needs: ["models:list"], says: "What can be called, at which providers, and whether it answers." },
  { name: "API keys", href: "/console/settings/keys", needs: ["api_keys:manage", "users:manage"], says: "For programs that act as somebody." },
  { name: "Webhooks", href: "/console/settings/webhooks", needs: ["webhooks:manage"], says: "Who is told of what happens, and whether it reached them." },
  { name: "Audit log", href: "/console/settings/audit", needs: ["admin:access"], says: "Everything that was changed or refused, and by whom." },
  { name: "Modules", href: "/console/settings/modules", needs: ["modules:use"], says: "What is switched on, and how it is set up." },
];

export function sectionsFor(me: Me): Section[] {
  return SECTIONS.filter(({ needs }) => permits(me, ...needs));
}

export function SettingsNav() {
  const { path } = useLocation();
  return (
    <nav class="settings-nav" aria-label="Settings">
      <ul>
        {sectionsFor(useMe()).map(({ name, href }) => (
          <li key={href}>
            <a href={href} aria-current={path === href || path.startsWith(`${href}/`) ? "page" : undefined}>
              {name}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}

interface SettingsPageProps {
  /** The section it belongs to. */
  of: string;
  title?: string;
  lead?: ComponentChildren;
  actions?: ComponentChildren;
  trail?: { name: string; href: string }[];
  children: ComponentChildren;
}

export function SettingsPage({ of, title = of, trail = [], lead, actions, children }: SettingsPageProps) {
  const needs = SECTIONS.find(({ name }) => name === of)?.needs ?? [];
  const may = permits(useMe(), ...needs);
  return (
    <Page
      title={title}
      trail={[{ name: "Settings", href: "/console/settings" }, ...trail]}
      lead={may ? lead : undefined}
      actions={may ? actions : undefined}
    >
      <SettingsNav />
      {may ? children : <Lacking needs={needs} />}
    </Page>
  );
}
