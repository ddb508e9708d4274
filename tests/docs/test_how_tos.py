"""What the how-to pages tell to type works, and what they show is what is answered."""

from __future__ import annotations

import asyncio
import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from app.demo.organisation import demo_key
from app.settings import PREFIX, RemoteSettings, ScaiKeySettings, Settings
from tests.app.identity.directory.world import where
from tests.world.evaluating import asks, eval_set
from tests.world.hands import until
from tests.world.models import Shop, data
from tests.world.openai_answers import completion
from tests.world.people import Organisation
from tests.world.personas import at, persona, reads
from tests.world.platform import Running, fresh
from tests.world.ports import kept_port
from tests.world.scaikey import scaikey
from tests.world.shelves import shelf
from tests.world.upstream import Answer, upstream

PAGES = Path(__file__).parents[2] / "docs" / "how-to"
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_MARK = "--- the next answer ---"


@dataclass(frozen=True, slots=True)
class Step:
    """Commands, and what they are said to answer."""

    typed: str
    shown: Any = None


def steps(page: str) -> Iterator[Step]:
    """The steps of a page, in order."""
    waiting: str | None = None
    for kind, content in _BLOCK.findall((PAGES / page).read_text(encoding="utf-8")):
        if kind == "sh":
            if waiting is not None:
                yield Step(waiting)
            waiting = content
        elif kind == "json":
            assert waiting is not None, "an answer to nothing"
            yield Step(waiting, json.loads(content))
            waiting = None
    if waiting is not None:
        yield Step(waiting)


async def follow(page: str, **instead: str) -> None:
    """Type everything into one shell, with real addresses and keys in place of the examples'."""
    wanted = list(steps(page))
    script = f"\necho '{_MARK}'\n".join(step.typed for step in wanted)
    for example, real in instead.items():
        assert example in script
        script = script.replace(example, real)
    shell = await asyncio.create_subprocess_exec(
        "bash", "-euo", "pipefail", "-c", script, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    said, complaints = await shell.communicate()
    assert shell.returncode == 0, complaints.decode()
    for step, answer in zip(wanted, said.decode().split(f"{_MARK}\n"), strict=True):
        if step.shown is not None:
            assert _is_in(step.shown, json.loads(answer)), f"{step.typed}\n{answer}"


def _is_in(shown: Any, answered: Any) -> bool:
    """Whether everything that is shown is in the answer; an answer may say more."""
    if isinstance(shown, dict):
        return isinstance(answered, dict) and all(
            name in answered and _is_in(value, answered[name]) for name, value in shown.items()
        )
    if isinstance(shown, list):
        return len(shown) == len(answered) and all(map(_is_in, shown, answered))
    return bool(shown == answered)


async def test_a_model_is_connected_as_the_page_says(running: Running) -> None:
    async with upstream() as models:
        models.says(completion("Five working days."))
        offered = [{"id": name, "object": "model"} for name in ("large-1", "small-1")]
        models.says_at("/v1/models", Answer(pieces=[json.dumps({"object": "list", "data": offered}).encode()]))
        await follow(
            "connect-a-model.md",
            **{
                "http://127.0.0.1:8000": running.url,
                "sgk_…": running.root_key,
                "https://models.example.com/v1": models.base_url,
            },
            **{"sk-…": "up-key"},
        )
        assert {asked.headers["authorization"] for asked in models.asked} == {"Bearer up-key"}


async def test_spending_is_limited_as_the_page_says(running: Running, acme: Organisation) -> None:
    key = acme.people["admin"].key
    await follow("limit-spending.md", **{"http://127.0.0.1:8000": running.url, "sgk_…": key})


async def test_an_assistant_is_connected_by_mcp_as_the_page_says(running: Running, acme: Organisation) -> None:
    here = {"http://127.0.0.1:8000": running.url, "sgk_…": acme.people["admin"].key}
    await follow("connect-an-assistant-by-mcp.md", **here)


async def test_scaikey_is_connected_as_the_page_says() -> None:
    async with scaikey() as provider:
        provider.directory.group("ext-example", "staff", ("user", "ada"))
        async with fresh(scaikey=where(provider)) as running:
            here = {"http://127.0.0.1:8000": running.url, "sgk_…": running.root_key}
            await follow("connect-scaikey.md", **here)


async def test_a_folder_is_served_as_the_page_says(tmp_path: Path) -> None:
    command = tmp_path / "scaigrid"
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -m app.cli "$@"\n')
    command.chmod(0o700)
    here = f"export {PREFIX}HOME={tmp_path}/home PYTHONPATH={PAGES.parents[1]} PATH={tmp_path}:$PATH\ncd {tmp_path}"
    ending = "trap 'kill $!; wait || true' EXIT"
    with kept_port() as port:
        begun = f"{here}\n{ending}\nmkdir -p shared/"
        await follow("drive.md", **{"mkdir -p shared/": begun, "127.0.0.1:8010": f"127.0.0.1:{port}"})


async def test_an_assistant_is_made_as_the_page_says(
    running: Running, acme: Organisation, root: httpx.AsyncClient, tmp_path: Path
) -> None:
    admin, face = acme.client("admin"), tmp_path / "face.png"
    Image.new("RGB", (64, 64), "red").save(face)
    plans, one = await shelf(acme), await persona(admin)
    source = await reads(admin, one, (await shelf(acme)).id)
    group = await Shop(root).group(scope_type="tenant", scope_id=acme.id)
    real = {"per_…": one["id"], "col_…": plans.id, "src_…": source["id"], "mgr_…": group["id"], "face.png": str(face)}
    called = {"tenant/demo/acme-support": f"tenant/{acme.slug}/{one['slug']}", "sgk_…": acme.people["admin"].key}
    await follow("persona.md", **{"http://127.0.0.1:8000": running.url}, **real, **called)
    shown = data(await admin.get(at(one)))
    assert (shown["published"], shown["avatar_url"] is None) == (True, False)
    assert len(data(await admin.get(at(one, "sources")))) == 3


async def test_a_set_is_written_and_run_as_the_page_says(tmp_path: Path) -> None:
    command = tmp_path / "scaigrid"
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -m app.cli "$@"\n')
    command.chmod(0o700)
    async with fresh(demo=True) as demo:
        key = demo_key(demo.platform.secrets, "ada")
        async with demo.client(key) as ada:
            await until(partial(_all_indexed, ada))
        here = f"cd {tmp_path}\nexport PYTHONPATH={PAGES.parents[1]} PATH={tmp_path}:$PATH {PREFIX}URL="
        await follow("evaluate.md", **{f"export {PREFIX}URL=": here, "http://127.0.0.1:8000": demo.url, "sgk_…": key})
    assert "refunds.md" in (tmp_path / "refunds.csv").read_text(encoding="utf-8")


async def test_commands_are_typed_as_the_page_says(acme: Organisation, tmp_path: Path) -> None:
    command = tmp_path / "scaigrid"
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -m app.cli "$@"\n')
    command.chmod(0o700)
    here = f"cd {tmp_path}\nexport PYTHONPATH={PAGES.parents[1]} PATH={tmp_path}:$PATH {PREFIX}URL="
    real = {"http://127.0.0.1:8000": acme.running.url, "sgk_…": acme.people["admin"].key}
    await follow("use-the-command-line.md", **{f"export {PREFIX}URL=": here}, **real)


async def _all_indexed(client: httpx.AsyncClient) -> bool:
    collections = data(await client.get("/v1/modules/scaimatrix/collections"))
    paths = [f"/v1/modules/scaimatrix/collections/{one['id']}/documents" for one in collections]
    shown = [one["status"] for path in paths for one in data(await client.get(path))]
    return set(shown) == {"indexed"}


async def test_a_gate_holds_as_the_page_says(running: Running, acme: Organisation) -> None:
    admin = acme.client("admin")
    one = await persona(admin)
    await eval_set(admin, asks(1), slug="guide")
    here = {"http://127.0.0.1:8000": running.url, "sgk_…": acme.people["admin"].key, "per_…": one["id"]}
    await follow("evaluate-gates.md", **here)


@pytest.mark.parametrize("page", sorted(path.name for path in PAGES.glob("*.md")))
def test_a_page_names_only_settings_there_are_and_fits_a_screen_or_two(page: str) -> None:
    text = (PAGES / page).read_text(encoding="utf-8")
    known = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields} | {f"{PREFIX}X"}
    known |= {f"{PREFIX}{name.upper()}" for name in RemoteSettings.model_fields}
    known |= {f"{PREFIX}SCAIKEY_{name.upper()}" for name in ScaiKeySettings.model_fields}
    named = {name.removesuffix("_FILE") for name in re.findall(rf"{PREFIX}[A-Z0-9_]+", text)}
    assert named <= known
    assert len(text.splitlines()) <= 120
