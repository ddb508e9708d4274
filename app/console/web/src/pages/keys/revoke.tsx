import { api, ask, type Shapes } from "../../api/client";
import { useDeed } from "../../api/hooks";
import { useMe } from "../../api/me";
import { end } from "../../api/session";
import { Confirm } from "../../parts/dialog";
import { say } from "../../parts/toast";
import { ago } from "../../parts/time";

interface RevokeProps {
  of: Shapes["ApiKeyRead"];
  revoked: () => void;
  close: () => void;
}

export function RevokeKey({ of, revoked, close }: RevokeProps) {
  const me = useMe();
  const revoking = useDeed(async () => {
    await ask(api.DELETE("/v1/api-keys/{key_id}", { params: { path: { key_id: of.id } } }));
    if (of.id === me.api_key_id) return end();
    say(`${of.name} is revoked.`);
    revoked();
  });
  return (
    <Confirm
      title={`Revoke ${of.name}`}
      typed={of.name}
      deed="Revoke the key"
      run={() => void revoking.run()}
      busy={revoking.busy}
      failure={revoking.failure}
      close={close}
    >
      <p>
        Whatever uses <code>{of.prefix}…</code> is refused from that moment on. It cannot be taken back; a new key can be made.{" "}
        {of.last_used_at ? `It was last used ${ago(of.last_used_at)}.` : "It has never been used."}
      </p>
      {of.id === me.api_key_id && <p class="notice">You are signed in with this key: you will be signed out.</p>}
    </Confirm>
  );
}
