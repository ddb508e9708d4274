/** For those who administer several tenants: which of them they act in. */

import { acting, actIn } from "../api/acting";
import { useMe } from "../api/me";
import { Combobox } from "./combobox";
import { findTenants } from "./finding";

const ADMINISTERS_SEVERAL = new Set(["super_admin", "partner_admin"]); // whom the API lets act elsewhere; it says where

export function TenantSwitch() {
  const me = useMe();
  const elsewhere = acting();
  if (!me.roles.some((role) => ADMINISTERS_SEVERAL.has(role))) return null;
  return (
    <>
      <Combobox
        name="Tenant"
        find={findTenants}
        chosen={elsewhere && { id: elsewhere.id, name: elsewhere.slug }}
        choose={(chosen) => chosen && actIn({ id: chosen.id, slug: chosen.name })}
        placeholder={me.tenant_slug}
      />
      {elsewhere && (
        <button type="button" onClick={() => actIn(null)}>
          Back to your own tenant
        </button>
      )}
    </>
  );
}
