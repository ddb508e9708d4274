"""A process that is killed while it reads leaves what was read completely, and the next one goes on from there."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx
import pytest

from tests.app.identity.asking import data
from tests.app.identity.directory.world import PATH, where
from tests.leakage.process import Server, serving
from tests.world.directory import Held, event, signed
from tests.world.patience import PATIENCE, eventually
from tests.world.platform import unique
from tests.world.scaikey import ScaiKey


async def groups_of(root: httpx.AsyncClient, tenant: str) -> dict[str, int] | None:
    """The names of a tenant's groups, and how many of its people are in each; nothing if one went meanwhile."""
    found = {}
    for group in data(await root.get("/v1/groups", params={"tenant_id": tenant})):
        inside = await root.get(f"/v1/groups/{group['id']}/members", params={"tenant_id": tenant})
        if inside.status_code == 404:
            return None
        found[group["name"]] = len(data(inside))
    return found


async def tell(server: Server) -> None:
    body = event(unique("evt"), "ext")
    async with server.client() as sender:
        assert (await sender.post(PATH, content=body, headers=signed(body))).status_code == 200


@pytest.mark.slow
async def test_a_process_that_is_killed_while_it_reads_changes_nothing(tmp_path: Path, provider: ScaiKey) -> None:
    settings = {f"scaikey_{name}": str(value) for name, value in where(provider).items()}
    for group in ("staff", "legal"):
        provider.directory.group("ext", group, ("group", "staff"))
    async with serving(tmp_path, **settings) as first, first.client() as root:
        partner = data(await root.post("/v1/partners", json={"slug": "p", "display_name": "P"}), 201)["id"]
        new = {"slug": "t", "display_name": "T", "partner_id": partner, "external_id": "ext"}
        tenant = str(data(await root.post("/v1/tenants", json=new), 201)["id"])

        async def read() -> bool:
            return await groups_of(root, tenant) == {"Staff": 1, "Legal": 1}

        await eventually(read)
        provider.directory.remove("ext", "legal")
        provider.directory.group("ext", "board")
        held = provider.directory.before = Held("/board/members")
        await tell(first)
        await asyncio.wait_for(held.arrived.wait(), PATIENCE)
        first.process.kill()
        await first.process.wait()
    held.free.set()
    async with serving(tmp_path, **settings) as second, second.client() as root:
        assert await groups_of(root, tenant) == {"Staff": 1, "Legal": 1}
        await tell(second)

        async def caught_up() -> bool:
            return await groups_of(root, tenant) == {"Staff": 1, "Board": 0}

        await eventually(caught_up)
