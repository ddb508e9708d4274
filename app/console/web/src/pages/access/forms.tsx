/** Who is to be allowed or denied what, and who is to own; either is tried before it is made. */

import { useState } from "preact/hooks";
import { Combobox, type Choice } from "../../parts/combobox";
import { Dialog } from "../../parts/dialog";
import { Field } from "../../parts/field";
import { findGroups, findUsers } from "../../parts/finding";
import { Rehearsal } from "./rehearsal";
import { type Change, type Place } from "./resource";

interface FormProps {
  place: Place;
  done: () => void;
  close: () => void;
}

const ROLES = [
  ["VIEWER", "Viewer: read, list and see who has access"],
  ["EDITOR", "Editor: a viewer who also writes and adds"],
  ["MANAGER", "Manager: everything but ownership"],
] as const;

export function EntryForm({ place, done, close }: FormProps) {
  const [effect, setEffect] = useState<"allow" | "deny">("allow");
  const [sort, setSort] = useState<"user" | "group" | "everyone">("user");
  const [whom, setWhom] = useState<Choice | null>(null);
  const [role, setRole] = useState<(typeof ROLES)[number][0]>("VIEWER");
  const [note, setNote] = useState("");
  const [planned, plan] = useState<Change>();
  const name = sort === "everyone" ? "everyone" : (whom?.name ?? "");
  if (planned)
    return (
      <Rehearsal
        title={`${effect === "allow" ? "Allow" : "Deny"} ${name}`}
        deed={effect === "allow" ? "Allow" : "Deny"}
        place={place}
        change={planned}
        done={done}
        close={close}
      />
    );
  const submit = (event: Event) => {
    event.preventDefault();
    if (sort !== "everyone" && !whom) return;
    const ace = { ace_type: effect, principal_type: sort, permissions: role, ...(note ? { note } : {}) };
    plan({ op: "add_ace", ace: { ...ace, principal_id: sort === "everyone" ? null : whom!.id } });
  };
  return (
    <Dialog title="Allow or deny" close={close}>
      <form onSubmit={submit}>
        <div class="fields">
          <Field name="Effect">
            {(control) => (
              <select {...control} value={effect} onChange={(event) => setEffect(event.currentTarget.value as "allow" | "deny")}>
                <option value="allow">Allow</option>
                <option value="deny">Deny</option>
              </select>
            )}
          </Field>
          <Field name="Whom">
            {(control) => (
              <select
                {...control}
                value={sort}
                onChange={(event) => (setSort(event.currentTarget.value as typeof sort), setWhom(null))}
              >
                <option value="user">A person</option>
                <option value="group">A group</option>
                <option value="everyone">Everyone</option>
              </select>
            )}
          </Field>
        </div>
        {sort !== "everyone" && (
          <Combobox
            key={sort}
            name={sort === "user" ? "Person" : "Group"}
            find={sort === "user" ? findUsers : findGroups}
            chosen={whom}
            choose={setWhom}
          />
        )}
        <Field name="What" hint={effect === "deny" ? "Each deed of the role is denied; deny to everything above allow." : undefined}>
          {(control) => (
            <select {...control} value={role} onChange={(event) => setRole(event.currentTarget.value as typeof role)}>
              {ROLES.map(([id, said]) => (
                <option key={id} value={id}>
                  {said}
                </option>
              ))}
            </select>
          )}
        </Field>
        <Field name="Note" hint="Why; it stands beside every answer this entry decides.">
          {(control) => <input {...control} value={note} onInput={(event) => setNote(event.currentTarget.value)} />}
        </Field>
        <footer>
          <button type="submit" class="main" disabled={sort !== "everyone" && !whom}>
            See who gains and loses
          </button>
        </footer>
      </form>
    </Dialog>
  );
}

export function OwnerForm({ place, done, close }: FormProps) {
  const [whom, setWhom] = useState<Choice | null>(null);
  const [sure, setSure] = useState(false);
  if (whom && sure)
    return (
      <Rehearsal
        title={`Make ${whom.name} the owner`}
        deed="Change the owner"
        place={place}
        change={{ op: "set_owner", owner_id: whom.id }}
        done={done}
        close={close}
      />
    );
  return (
    <Dialog title="Change owner" close={close}>
      <Combobox name="New owner" find={findUsers} chosen={whom} choose={setWhom} />
      <footer>
        <button type="button" class="main" disabled={!whom} onClick={() => setSure(true)}>
          See who gains and loses
        </button>
      </footer>
    </Dialog>
  );
}
