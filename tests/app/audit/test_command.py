"""The audit trail at the command line."""

from __future__ import annotations

import asyncio
import os
import sys

from sqlalchemy import update

from app.audit.tables import AuditEvent
from tests.app.audit.test_events import note
from tests.world.lanes import writing
from tests.world.people import Organisation


async def _verify(tenant: Organisation, *arguments: str) -> tuple[int | None, str]:
    settings = tenant.running.settings
    own = {"SCAIGRID_HOME": str(settings.home), "SCAIGRID_DATABASE_URL": settings.database}
    env = os.environ | own  # noqa: TID251 - a program of its own
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "app.cli", "audit", "verify", *arguments),
        env=env,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    return process.returncode, said.decode()


async def test_verify_says_what_holds_and_fails_on_what_does_not(acme: Organisation) -> None:
    await note(acme.running, acme.id, "a.b", "a.c")
    code, said = await _verify(acme, "--tenant", acme.slug)
    assert (code, said.strip()) == (0, f"{acme.slug}: 2 events hold")
    async with writing(acme.running.platform.database) as connection:
        mine = (AuditEvent.tenant_id == acme.id) & (AuditEvent.number == 2)
        connection.execute(update(AuditEvent).where(mine).values(action="a.d"))
    code, said = await _verify(acme)
    assert code == 1
    assert f"{acme.slug}: 1 events hold; Event 2 says something else" in said
    assert (await _verify(acme, "--tenant", "nobody"))[0] == 2
