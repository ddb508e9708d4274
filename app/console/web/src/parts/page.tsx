/** The frame of a page: its title, said to the browser and given the focus when one comes from another page. */

import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";

interface PageProps {
  title: string;
  /** What stands before the title: the things it belongs to. */
  trail?: { name: string; href: string }[];
  lead?: ComponentChildren;
  actions?: ComponentChildren;
  children: ComponentChildren;
}

let opened = false;

export function Page({ title, trail, lead, actions, children }: PageProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · ScaiGrid`;
  }, [title]);
  useEffect(() => {
    if (opened) heading.current?.focus();
    opened = true;
  }, []);
  return (
    <article class="page">
      <header class="page-head">
        <div class="page-name">
          {trail && trail.length > 0 && (
            <nav class="trail" aria-label="Where this is">
              {trail.map(({ name, href }) => (
                <a key={href} href={href}>
                  {name}
                </a>
              ))}
            </nav>
          )}
          <h1 ref={heading} tabIndex={-1}>
            {title}
          </h1>
          {lead && <p class="lead">{lead}</p>}
        </div>
        {actions && <div class="actions">{actions}</div>}
      </header>
      {children}
    </article>
  );
}

/** Hidden and absent look the same. */
export function NotAllowed() {
  return (
    <div class="state" role="status">
      <p class="state-title">Not found, or not shared with you.</p>
      <p>Somebody who manages it can share it. Whoever sent you here can see what it is called.</p>
      <p>
        <a href="/console">Go to Home</a>
      </p>
    </div>
  );
}
