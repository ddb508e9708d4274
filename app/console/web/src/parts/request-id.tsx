/** The id of a request: it leads to its story, and can be copied. */

import { CopyId } from "./copy";

export const storyOf = (id: string): string => `/console/requests/${encodeURIComponent(id)}`;

export function RequestId({ id }: { id: string }) {
  return (
    <span class="request-id">
      <a href={storyOf(id)}>What happened</a> <CopyId id={id} short />
    </span>
  );
}
