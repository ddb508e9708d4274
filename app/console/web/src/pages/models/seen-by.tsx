import { useQuery } from "../../api/hooks";
import { api, ask, type Shapes } from "../../api/client";
import { whole } from "../../api/whole";
import { Combobox } from "../../parts/combobox";
import { findTenants } from "../../parts/finding";

interface SeenByProps {
  visibility: "all" | "tenants";
  tenants: string[];
  put: (changes: { visibility?: "all" | "tenants"; tenant_ids?: string[] }) => void;
}

/** To whom a model is there at all. */
export function SeenBy({ visibility, tenants, put }: SeenByProps) {
  const some = visibility === "tenants";
  const known = useQuery<Shapes["TenantRead"][]>(
    some ? (signal) => whole((cursor) => ask(api.GET("/v1/tenants", { params: { query: { cursor, limit: 100 } }, signal }))) : null,
    [some],
  );
  const nameOf = (id: string) => known.data?.find((tenant) => tenant.id === id)?.slug ?? id;
  return (
    <fieldset>
      <legend>Seen by</legend>
      <label class="choice">
        <input type="radio" name="visibility" checked={!some} onChange={() => put({ visibility: "all" })} /> Every tenant
      </label>
      <label class="choice">
        <input type="radio" name="visibility" checked={some} onChange={() => put({ visibility: "tenants" })} /> Some tenants; for others it is
        not there
      </label>
      {some && (
        <>
          <ul class="tenants">
            {tenants.map((id) => (
              <li key={id} class="row">
                {nameOf(id)}
                <button type="button" class="plain" aria-label={`Not ${nameOf(id)}`} onClick={() => put({ tenant_ids: tenants.filter((one) => one !== id) })}>
                  ✕
                </button>
              </li>
            ))}
          </ul>
          <Combobox
            name="Add a tenant"
            find={findTenants}
            chosen={null}
            choose={(tenant) => tenant && put({ tenant_ids: [...new Set([...tenants, tenant.id])].sort() })}
          />
        </>
      )}
    </fieldset>
  );
}
