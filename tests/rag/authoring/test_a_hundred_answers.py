"""Of a hundred answers, every quote stands in the file that it is of, where its passage is said to begin and end."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from tests.indexing.collections.shelving import COLLECTIONS, make
from tests.indexing.documents.filing import path_of, sent
from tests.world.models import data
from tests.world.patience import eventually
from tests.world.people import organisation
from tests.world.personas import published, reads
from tests.world.platform import fresh

FILES, HEADINGS = 10, 10
PLACES = ("harbour", "quay", "lighthouse", "customs house", "ropewalk", "dry dock", "sluice", "weigh house")
DUTIES = ("wardens", "pilots", "clerks", "porters", "keepers")


def fact(file: int, heading: int) -> str:
    """A sentence that no other file says, with letters that are more than one byte."""
    place, who = PLACES[(file + heading) % len(PLACES)], DUTIES[heading % len(DUTIES)]
    return f"Berth {file}{heading:02} of the {place} is kept by {file * 7 + heading} {who}, naïvely, for €{heading}.50."


def content(file: int) -> str:
    """A file of such facts, each under its heading and before what others say too."""
    said = (f"# Berth {file}{heading:02}\n\nIt was always so. {fact(file, heading)}\n" for heading in range(HEADINGS))
    return "\n".join(part + "Tides are written down. " * 9 + "\n" for part in said)


@pytest.mark.slow
async def test_every_quote_stands_where_its_passage_does() -> None:
    async with fresh() as running:
        acme = await organisation(running)
        admin = acme.client("admin")
        shelf = await make(admin, chunk_size=64, chunk_overlap=8)
        files = [await sent(admin, shelf["id"], content(file).encode(), filename=f"{file}.md") for file in range(FILES)]
        texts = {made["id"]: content(file) for file, made in enumerate(files)}
        await eventually(lambda: _all_indexed(admin, shelf["id"]))
        spans = {chunk["id"]: chunk for made in files for chunk in await _chunks(admin, made)}
        helper = await published(admin, rag_enabled=True, rag_search_type="keyword")
        await reads(admin, helper, shelf["id"])

        for file in range(FILES):
            asked = [_answer(admin, helper, f"Who keeps berth {file}{heading:02}?") for heading in range(HEADINGS)]
            for heading, answer in enumerate(await asyncio.gather(*asked)):
                cited = answer["retrieval"]["citations"]
                assert any(f"{file}{heading:02}" in one["quote"] for one in cited), [one["quote"] for one in cited]
                for one in cited:
                    chunk = spans[one["chunk_id"]]
                    passage = texts[one["document_id"]][chunk["start"] : chunk["end"]]
                    assert passage == chunk["content"]
                    assert one["quote"]
                    assert one["quote"] in passage
        await acme.aclose()


async def _all_indexed(admin: httpx.AsyncClient, collection_id: str) -> bool:
    found = data(await admin.get(f"{COLLECTIONS}/{collection_id}/documents"))
    assert not [one["error_message"] for one in found if one["status"] == "failed"]
    return all(one["status"] == "indexed" for one in found)


async def _chunks(admin: httpx.AsyncClient, document: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = data(await admin.get(f"{path_of(document)}/chunks", params={"limit": 100}))
    return found


async def _answer(admin: httpx.AsyncClient, helper: dict[str, Any], question: str) -> dict[str, Any]:
    body = {"model": helper["published_slug"], "messages": [{"role": "user", "content": question}]}
    answer: dict[str, Any] = data(await admin.post("/v1/inference/chat", json=body))
    return answer
