/** Keys: `/` searches, `g` and a letter goes, `?` helps; none while something is being typed. */

import { useEffect } from "preact/hooks";

const CHORD_MS = 1200;

interface Shortcuts {
  go: Record<string, string>;
  route: (href: string) => void;
  search: () => void;
  help: () => void;
}

export function useShortcuts({ go, route, search, help }: Shortcuts): void {
  useEffect(() => {
    let going = 0;
    const press = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      const href = Date.now() - going < CHORD_MS ? go[event.key] : undefined;
      going = event.key === "g" ? Date.now() : 0;
      if (href) route(href);
      else if (event.key === "/") search();
      else if (event.key === "?") help();
      else return;
      event.preventDefault();
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  });
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || target.closest("input, textarea, select, dialog") !== null;
}
