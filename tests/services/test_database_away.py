"""A database that goes away is said to be away, and is used again once it is back."""

from __future__ import annotations

import asyncio
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.services.servers import ServerMissingError, fresh_database, mariadb
from tests.world.patience import PATIENCE
from tests.world.platform import running, settings_for

pytestmark = pytest.mark.services


async def test_requests_are_told_the_database_is_away(tmp_path: Path) -> None:
    with ExitStack() as server:
        try:
            address = server.enter_context(mariadb())
        except ServerMissingError as missing:
            pytest.skip(str(missing))
        made = server.enter_context(fresh_database(address))
        settings = settings_for(tmp_path, made.render_as_string(hide_password=False))
        async with running(settings) as platform, platform.client(platform.root_key) as root:
            assert (await root.get("/v1/me")).status_code == 200
            await asyncio.to_thread(server.close)
            started = time.monotonic()
            refused = await root.get("/v1/me")
            assert (refused.status_code, refused.json()["error"]["code"]) == (503, "SERVICE_UNAVAILABLE")
            assert refused.headers["retry-after"]
            assert "mysql" not in refused.text.lower()
            assert (await root.get("/health/ready")).status_code == 503
            assert (await root.get("/health")).status_code == 200
            assert time.monotonic() - started < PATIENCE
