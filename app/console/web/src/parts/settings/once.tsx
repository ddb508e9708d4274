/** A secret as it is shown to whoever made it: this once. */

import { CopyButton } from "../copy";

interface OnceProps {
  title: string;
  /** What it is, as it is called. */
  name: string;
  secret: string;
  says: string;
  done: () => void;
}

export function Once({ title, name, secret, says, done }: OnceProps) {
  return (
    <section class="card once" role="status" aria-label={title}>
      <h2>{title}</h2>
      <p>{says}</p>
      <pre tabIndex={0} aria-label={name}>
        {secret}
      </pre>
      <div class="row">
        <CopyButton text={secret}>Copy it</CopyButton>
        <button type="button" onClick={done}>
          I have it
        </button>
      </div>
    </section>
  );
}
