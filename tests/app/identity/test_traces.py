"""Every change leaves its trace in the trail of the tenant it touched, and no secret in it."""

from __future__ import annotations

import json

import httpx
from sqlalchemy import select

from app.audit.tables import AuditEvent
from app.db.tenancy import Reach
from tests.app.identity.asking import data, new_user
from tests.world.people import Organisation
from tests.world.platform import Running, unique


async def trail(running: Running, tenant_id: str) -> list[AuditEvent]:
    async with running.platform.transactions.open(Reach.one(tenant_id), writes=False) as transaction:
        events = await transaction.session.scalars(select(AuditEvent).order_by(AuditEvent.number))
        return [event for event in events if event.outcome == "done"]


async def test_every_change_is_recorded_once_and_without_secrets(acme: Organisation, running: Running) -> None:
    admin = acme.client("admin")
    user = await new_user(admin, "tenant_user")
    path = f"/v1/users/{user['id']}"
    data(await admin.patch(path, json={"name": "New"}))
    data(await admin.put(f"{path}/roles", json={"roles": ["tenant_viewer"]}))
    data(await admin.put(f"{path}/module-permissions", json={"permissions": ["scaimatrix:view"]}))
    key = data(await admin.post("/v1/api-keys", json={"name": "k", "assigned_user_id": user["id"]}), 201)
    data(await admin.patch(f"/v1/api-keys/{key['id']}", json={"name": "n"}))
    data(await admin.delete(f"/v1/api-keys/{key['id']}"))
    group = data(await admin.post("/v1/groups", json={"name": "G"}), 201)
    data(await admin.patch(f"/v1/groups/{group['id']}", json={"name": "H"}))
    member = {"type": "user", "id": user["id"]}
    data(await admin.post(f"/v1/groups/{group['id']}/members", json=member), 201)
    data(await admin.post(f"/v1/groups/{group['id']}/members", json=member))
    data(await admin.delete(f"/v1/groups/{group['id']}/members/{user['id']}"))
    role = data(await admin.post("/v1/iam/custom-roles", json={"name": "r", "permissions": []}), 201)
    data(await admin.patch(f"/v1/iam/custom-roles/{role['id']}", json={"description": "d"}))
    mapping = {"group_id": group["id"], "custom_role_id": role["id"]}
    mapped = data(await admin.post("/v1/role-mappings", json=mapping), 201)
    data(await admin.delete(f"/v1/role-mappings/{mapped['id']}"))
    data(await admin.delete(f"/v1/iam/custom-roles/{role['id']}"))
    data(await admin.delete(f"/v1/groups/{group['id']}"))
    data(await admin.patch(f"/v1/tenants/{acme.id}", json={"display_name": "D"}))
    events = await trail(running, acme.id)
    assert [event.action for event in events] == [
        "user.created",
        "user.updated",
        "user.roles_changed",
        "user.module_permissions_changed",
        "api_key.created",
        "api_key.updated",
        "api_key.revoked",
        "group.created",
        "group.updated",
        "group.member_added",
        "group.member_removed",
        "custom_role.created",
        "custom_role.updated",
        "role_mapping.created",
        "role_mapping.deleted",
        "custom_role.deleted",
        "group.deleted",
        "tenant.updated",
    ]
    assert {event.actor_id for event in events} == {acme.people["admin"].id}
    assert key["key"] not in json.dumps([event.details for event in events])


async def test_what_is_done_in_another_tenant_is_in_that_tenants_trail(
    acme: Organisation, root: httpx.AsyncClient, running: Running
) -> None:
    body = {"slug": unique("t"), "display_name": "T", "partner_id": acme.partner_id}
    tenant = data(await root.post("/v1/tenants", json=body), 201)
    user = await new_user(root, "tenant_user", tenant_id=tenant["id"])
    events = await trail(running, tenant["id"])
    assert [(event.action, event.target_id) for event in events] == [
        ("tenant.created", tenant["id"]),
        ("user.created", user["id"]),
    ]
