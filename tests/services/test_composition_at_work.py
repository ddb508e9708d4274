"""The processes of compose.yml, started as it says with what it tells them: from an empty database to a find."""

from __future__ import annotations

import asyncio
import shutil
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest

from app.settings import PREFIX
from tests.deploy.composition import Composition
from tests.deploy.image import stages
from tests.house.sources import STOREYS
from tests.indexing.collections.shelving import make
from tests.indexing.documents.filing import path_of, sent
from tests.world.beside import REPOSITORY
from tests.world.hands import until
from tests.world.models import data
from tests.world.patience import PATIENCE
from tests.world.ports import kept_port
from tests.world.s3 import ACCESS_KEY, SECRET_KEY, s3_server

pytestmark = [pytest.mark.services, pytest.mark.slow]
HOME = "/var/lib/scaigrid"


@dataclass(frozen=True, slots=True)
class Host:
    """This machine in the place of containers: other addresses, one home, and the tree as the image has it."""

    composition: Composition
    tree: Path
    home: Path
    port: int
    instead: dict[str, str]

    def here(self, said: list[str]) -> list[str]:
        """A command as it is on this machine."""
        replaced = [one.replace(HOME, str(self.home)).replace(":8000/", f":{self.port}/") for one in said]
        return [sys.executable if one == "python" else one for one in replaced]

    def told(self, service: str) -> dict[str, str]:
        """What a service is told, with the addresses of this machine."""
        told = {
            **self.composition.environment(service),
            f"{PREFIX}HOME": str(self.home),
            f"{PREFIX}PORT": str(self.port),
        }
        told = {name: value for name, value in told.items() if name.removesuffix("_FILE") not in self.instead}
        return {**told, **self.instead, "PYTHONDONTWRITEBYTECODE": "1"}

    async def start(self, service: str) -> asyncio.subprocess.Process:
        """Start a service of ours as its image does."""
        image = stages()[-1]
        said = [*image.last("ENTRYPOINT"), *self.composition.services[service].get("command", image.last("CMD"))]
        output = (self.home.parent / f"{service}.log").open("wb")
        with output:
            return await asyncio.create_subprocess_exec(
                *self.here(said), cwd=self.tree, env=self.told(service), stdout=output, stderr=output
            )

    async def well(self, service: str) -> bool:
        """What its health check says."""
        check = self.composition.services[service]["healthcheck"]["test"]
        asked = await asyncio.create_subprocess_exec(*self.here(check[1:]), cwd=self.tree)
        return await asked.wait() == 0


def copied(folder: Path) -> Path:
    """The tree as the image has it."""
    for storey in STOREYS:
        shutil.copytree(REPOSITORY / storey, folder / storey, ignore=shutil.ignore_patterns("__pycache__", "web"))
    return folder


def contents(tree: Path) -> dict[str, int]:
    """Every file, and when it was last written; bytecode, which the image has beforehand, is no matter."""
    files = [path for path in tree.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    return {str(path): path.stat().st_mtime_ns for path in files}


@pytest.fixture
async def host(tmp_path: Path, own_database: str, redis_url: str) -> AsyncIterator[Host]:
    """A machine with MariaDB, Redis and S3; vectors and graphs are kept in the home folder."""
    (tmp_path / "secret").mkdir()
    composition = Composition.drawn(tmp_path / "secret")
    bucket = composition.services["web"]["environment"][f"{PREFIX}S3_BUCKET"]
    with kept_port() as port, s3_server() as s3:
        keys = {"aws_access_key_id": ACCESS_KEY, "aws_secret_access_key": SECRET_KEY}
        boto3.client("s3", endpoint_url=s3, region_name="us-east-1", **keys).create_bucket(Bucket=bucket)
        instead = {
            "DATABASE_URL": own_database,
            "REDIS_URL": redis_url,
            "BROKER_URL": redis_url,
            "S3_ENDPOINT_URL": s3,
            "S3_REGION": "us-east-1",
            "S3_ACCESS_KEY": ACCESS_KEY,
            "S3_SECRET_KEY": SECRET_KEY,
            "WEAVIATE_URL": "",
            "NEO4J_URL": "",
            **dict.fromkeys(("RATE_KEY", "RATE_USER"), "0"),
        }
        named = {f"{PREFIX}{name}": value for name, value in instead.items()}
        yield Host(composition, copied(tmp_path / "tree"), tmp_path / "home", port, named)


@asynccontextmanager
async def at_work(host: Host) -> AsyncIterator[dict[str, asyncio.subprocess.Process]]:
    """Everything of ours, in the order that compose.yml asks for."""
    migrating = await host.start("migrate")
    assert await migrating.wait() == 0
    async with AsyncExitStack() as stack:
        started = {name: await host.start(name) for name in ("web", "worker", "long-worker", "scheduler")}
        for process in started.values():
            stack.push_async_callback(_gone, process)
        for name in started:
            await until(lambda name=name: host.well(name))  # type: ignore[misc] # bound at once
        yield started


async def _gone(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.kill()
    await process.wait()


async def test_a_document_is_found_by_what_compose_starts_and_nothing_is_written_beside_its_home(host: Host) -> None:
    before = contents(host.tree)
    key = (host.composition.folder / ".secrets/bootstrap_key").read_text(encoding="ascii").strip()
    async with at_work(host) as started:
        headers = {"Authorization": f"Bearer {key}"}
        address = f"http://127.0.0.1:{host.port}"
        async with httpx.AsyncClient(base_url=address, headers=headers, timeout=PATIENCE, trust_env=False) as client:
            collection = await make(client)
            document = await sent(client, collection["id"], b"# Refunds\n\nRefunds take five working days.")

            async def indexed() -> bool:
                return bool(data(await client.get(path_of(document)))["status"] == "indexed")

            await until(indexed)
            path = f"/v1/modules/scaimatrix/collections/{collection['id']}/search"
            found = data(await client.post(path, json={"query": "How long do refunds take?"}))
            assert [hit["document_id"] for hit in found["results"]] == [document["id"]]
            await _parts_are_real(client)
        for process in started.values():
            process.send_signal(signal.SIGTERM)
        assert [await process.wait() for process in started.values()] == [0] * len(started)
    assert contents(host.tree) == before


async def _parts_are_real(client: httpx.AsyncClient) -> None:
    parts: dict[str, Any] = {
        part["name"]: part["state"] for part in data(await client.get("/health/detailed"))["dependencies"]
    }
    assert {name: parts[name] for name in ("database", "blobs", "jobs", "rate_counter")} == dict.fromkeys(
        ("database", "blobs", "jobs", "rate_counter"), "up"
    )
