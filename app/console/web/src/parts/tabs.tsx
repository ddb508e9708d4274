import type { ComponentChildren } from "preact";
import { useRef } from "preact/hooks";

interface TabsProps {
  name: string;
  tabs: { id: string; name: ComponentChildren }[];
  shown: string;
  show: (id: string) => void;
  children: ComponentChildren;
}

/** Tabs after the pattern of ARIA: arrows go from one to the next. */
export function Tabs({ name, tabs, shown, show, children }: TabsProps) {
  const list = useRef<HTMLDivElement>(null);
  const step = (event: KeyboardEvent) => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!by) return;
    event.preventDefault();
    const at = tabs.findIndex((tab) => tab.id === shown);
    const next = tabs[(at + by + tabs.length) % tabs.length];
    if (!next) return;
    show(next.id);
    list.current?.querySelector<HTMLElement>(`#tab-${next.id}`)?.focus();
  };
  return (
    <div class="tabs">
      <div class="tab-list" role="tablist" aria-label={name} ref={list} onKeyDown={step}>
        {tabs.map((tab) => (
          <button
            key={tab.id}
            type="button"
            role="tab"
            id={`tab-${tab.id}`}
            aria-selected={tab.id === shown}
            aria-controls="tab-panel"
            tabIndex={tab.id === shown ? 0 : -1}
            onClick={() => show(tab.id)}
          >
            {tab.name}
          </button>
        ))}
      </div>
      <div role="tabpanel" id="tab-panel" aria-labelledby={`tab-${shown}`} class="tab-panel">
        {children}
      </div>
    </div>
  );
}
