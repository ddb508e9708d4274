/** What there is to set up, as far as it is the caller's. */

import { useMe } from "../api/me";
import { Page } from "../parts/page";
import { sectionsFor } from "../parts/settings/frame";
import { Empty } from "../parts/states";

export default function Settings() {
  const sections = sectionsFor(useMe());
  return (
    <Page title="Settings" lead="What you may set up here. Each change is written into the audit log.">
      {sections.length === 0 && (
        <Empty title="There is nothing for you to set up.">
          <p>Your role, or the key you signed in with, reaches none of it. A tenant admin can give you more.</p>
        </Empty>
      )}
      <ul class="sections">
        {sections.map(({ name, href, says }) => (
          <li key={href}>
            <div class="card">
              <h2>
                <a href={href}>{name}</a>
              </h2>
              <p>{says}</p>
            </div>
          </li>
        ))}
      </ul>
    </Page>
  );
}
