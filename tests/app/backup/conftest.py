"""A platform with something in it, on which nobody works, and a backup of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from app.backup.manifest import Manifest
from tests.app.backup.world import Company, company, rows_of, taken
from tests.world.platform import Running, fresh


@dataclass(frozen=True, slots=True)
class Kept:
    """A backup with the secret key in it."""

    running: Running
    company: Company
    file: Path
    manifest: Manifest
    rows: dict[str, list[dict[str, Any]]]  # as they were then


@pytest.fixture(scope="module")
async def kept(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Kept]:
    async with fresh(deeds={}) as running:
        made = await company(running)
        file = tmp_path_factory.mktemp("backups") / "all.tar.gz"
        manifest = await taken(running.settings, file, secrets=True)
        yield Kept(running, made, file, manifest, rows_of(running.settings))
        await made.organisation.aclose()
