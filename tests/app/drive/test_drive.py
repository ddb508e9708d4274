"""The small drive answers as ScaiDrive does: shares, files and passages, to whoever may read them, and nobody else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.drive.opening import DriveSettings
from app.drive.rights import RIGHTS
from tests.world.drive import SECRET, ServedDrive, filled, served
from tests.world.patience import PATIENCE, eventually
from tests.world.surroundings import MODELS

SAID = """
[groups]
board = ["ada"]
[shares.terms]
name = "Terms"
description = "What we promise."
readers = ["everyone"]
[shares.finance]
readers = ["group:board", "group:finance"]
[[shares.finance.only]]
files = "board/*"
readers = ["group:board"]
"""
FILES = {
    RIGHTS: SAID,
    "terms/refunds.md": "# Refunds\n\nRefunds are paid within five working days.\n",
    "terms/büro.txt": "The office opens at nine in the morning.\n",
    "terms/.hidden.txt": "Refunds are a secret.",
    "terms/empty.txt": "",
    "finance/plan.txt": "The budget of the finance department is two million euros.\n",
    "finance/board/pay.txt": "The salary of the director is ninety thousand euros.\n",
    "elsewhere.txt": "Salary and budget and refunds of everybody.",
}


@pytest.fixture
async def drive(tmp_path: Path) -> AsyncIterator[ServedDrive]:
    filled(tmp_path / "outside", {"secret.txt": "Refunds outside."})
    folder = filled(tmp_path / "folder", FILES)
    (folder / "terms" / "link.txt").symlink_to(tmp_path / "outside" / "secret.txt")
    (folder / "terms" / "way").symlink_to(tmp_path / "outside")
    async with served(DriveSettings(folder, Path(MODELS), secret=SECRET)) as made:
        yield made


async def told(client: httpx.AsyncClient, path: str, name: str) -> Any:
    answer = await client.get(f"/api/v1/{path}")
    assert answer.status_code == 200, answer.text
    return answer.json()[name]


async def ask(client: httpx.AsyncClient, share: str, query: str, **more: Any) -> httpx.Response:
    return await client.post("/api/v1/search/context", json={"query": query, "share_id": share, **more})


async def found(client: httpx.AsyncClient, share: str, query: str, **more: Any) -> list[dict[str, Any]]:
    answer = await ask(client, share, query, **more)
    assert answer.status_code == 200, answer.text
    chunks: list[dict[str, Any]] = answer.json()["chunks"]
    return chunks


async def test_everybody_is_shown_their_own_shares_and_files(drive: ServedDrive) -> None:
    async with drive.client("ada") as ada, drive.client("cy", "finance") as cy, drive.client("eve") as eve:
        terms = {"id": "terms", "name": "Terms", "description": "What we promise."}
        assert await told(eve, "shares", "shares") == [terms]
        assert [one["id"] for one in await told(cy, "shares", "shares")] == ["terms", "finance"]
        files = {one["path"] for one in await told(eve, "shares/terms/files", "files")}
        assert files == {"refunds.md", "büro.txt", "empty.txt"}
        assert [one["path"] for one in await told(cy, "shares/finance/files", "files")] == ["plan.txt"]
        assert len(await told(ada, "shares/finance/files", "files")) == 2


async def test_a_question_finds_what_its_asker_may_read(drive: ServedDrive) -> None:
    question = "What is the salary of the director?"
    async with drive.client("ada") as ada, drive.client("cy", "finance") as cy:
        best, second = await found(ada, "finance", question)
        assert (best["document_name"], best["path"], best["page"]) == ("pay.txt", "board/pay.txt", None)
        assert "ninety thousand" in best["content"]
        assert 1 >= best["score"] > second["score"] >= 0
        assert [one["document_name"] for one in await found(cy, "finance", question)] == ["plan.txt"]


async def test_what_is_hidden_moves_nothing(drive: ServedDrive) -> None:
    async with drive.client("cy", "finance") as cy:
        before = (await ask(cy, "finance", "What is the salary of the director?")).json()
        (drive.folder / "finance/board/pay.txt").unlink()
        assert (await ask(cy, "finance", "What is the salary of the director?")).json() == before


async def test_hidden_and_missing_are_the_same_answer(drive: ServedDrive) -> None:
    async with drive.client("eve") as eve, drive.client("ada") as ada, drive.client("cy", "finance") as cy:
        pay = next(one for one in await told(ada, "shares/finance/files", "files") if one["name"] == "pay.txt")
        tried = [
            await eve.get("/api/v1/shares/finance/files"),
            await eve.get("/api/v1/shares/nowhere/files"),
            await ask(eve, "finance", "pay?"),
            await ask(eve, "nowhere", "pay?"),
            await cy.get(f"/api/v1/shares/finance/files/{pay['id']}/content"),
            await cy.get("/api/v1/shares/finance/files/file_0/content"),
            await ada.get(f"/api/v1/shares/terms/files/{pay['id']}/content"),
        ]
        assert {(one.status_code, one.text) for one in tried} == {(404, tried[0].text)}
        assert (await ada.get("/api/v1/shares/terms/files/..%2F..%2Foutside%2Fx/content")).status_code == 404


async def test_a_file_is_given_as_it_is_and_never_shown_by_a_browser(drive: ServedDrive) -> None:
    async with drive.client("eve") as eve:
        files = {one["name"]: one["id"] for one in await told(eve, "shares/terms/files", "files")}
        answer = await eve.get(f"/api/v1/shares/terms/files/{files['büro.txt']}/content")
        assert (answer.status_code, answer.text) == (200, FILES["terms/büro.txt"])
        assert answer.headers["content-disposition"] == "attachment; filename*=utf-8''b%C3%BCro.txt"
        assert answer.headers["x-content-type-options"] == "nosniff"


async def test_as_much_is_given_as_fits(drive: ServedDrive) -> None:
    async with drive.client("ada") as ada:
        assert len(await found(ada, "finance", "How many euros?", max_tokens=5000)) == 2
        assert len(await found(ada, "finance", "How many euros?", max_tokens=15)) == 1
        assert await found(ada, "finance", "How many euros?", max_tokens=1) == []


async def test_rights_that_change_count_at_once_and_broken_ones_are_nobodys(drive: ServedDrive) -> None:
    async with drive.client("eve") as eve:
        assert await found(eve, "terms", "refunds")
        filled(drive.folder, {RIGHTS: SAID.replace('readers = ["everyone"]', 'readers = ["group:board"]')})
        assert (await ask(eve, "terms", "refunds")).status_code == 404
        filled(drive.folder, {RIGHTS: "[shares.terms"})
        assert (await ask(eve, "terms", "refunds")).status_code == 503
        assert (await eve.get("/api/v1/shares")).status_code == 503
        filled(drive.folder, {RIGHTS: SAID})
        assert await found(eve, "terms", "refunds")


async def test_files_that_come_change_and_go_are_found_as_they_are(drive: ServedDrive) -> None:
    async with drive.client("eve") as eve:
        (drive.folder / "terms/refunds.md").unlink()
        assert "Refunds" not in str(await found(eve, "terms", "When are refunds paid?")), "gone is gone, at once"
        filled(drive.folder, {"terms/new.md": "Refunds are paid on the day.", "terms/büro.txt": "It opens at ten."})

        async def seen() -> bool:
            said = str(await found(eve, "terms", "When are refunds paid?"))
            return "on the day" in said and "at ten" in said and "at nine" not in said

        await eventually(seen)


async def test_without_a_good_token_there_is_nothing(drive: ServedDrive) -> None:
    paths = ["shares", "shares/terms/files", "shares/terms/files/x/content"]
    for token in ("x", "sgk_" + "a" * 40):
        async with drive.holding(token) as nobody:
            answers = [await nobody.get(f"/api/v1/{path}") for path in paths]
            answers.append(await ask(nobody, "terms", "refunds"))
            del nobody.headers["Authorization"]
            answers.append(await ask(nobody, "terms", "refunds"))
        assert {one.status_code for one in answers} == {401}


async def test_what_is_no_question_is_refused(drive: ServedDrive) -> None:
    none = [b"", b"{", b"[]", b'{"query": ""}', b'{"query": "x"}', b'{"query": "x", "share_id": 7}', b"[" * 70_000]
    async with drive.client("eve") as eve:
        answers = [await eve.post("/api/v1/search/context", content=body) for body in none]
    assert [answer.status_code for answer in answers] == [422] * len(none)


async def test_how_much_is_there_is_nobodys_secret_and_what_it_is_is(drive: ServedDrive) -> None:
    async with httpx.AsyncClient(base_url=drive.url, timeout=PATIENCE, trust_env=False) as nobody:
        assert (await nobody.get("/health")).json() == {"status": "ok", "files": 6, "unread": 1, "passages": 5}
