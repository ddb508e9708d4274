"""Of 20,000 chunks, the best ten of what may be read: all of it, a tenth, a hundredth, and a thousandth."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from rag.retrieval.question import Way
from tests.rag.asking import WAYS
from tests.rag.libraries import SHAPES, Library, check, library_of, names
from tests.world.people import organisation
from tests.world.platform import Running

DOCUMENTS, PASSAGES = 1000, 20
SHARES = {"all": 1000, "a tenth": 100, "a hundredth": 10, "a thousandth": 1}

pytestmark = pytest.mark.nightly


@pytest.fixture(scope="module")
async def library(running: Running) -> AsyncIterator[Library]:
    acme = await organisation(running)
    yield await library_of(acme, DOCUMENTS, PASSAGES, SHARES)
    await acme.aclose()


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("share", SHARES)
async def test_the_answer_is_that_of_one_who_read_all_they_may(
    library: Library, share: str, shape: str, way: Way
) -> None:
    await check(library, shape, share, names(DOCUMENTS, SHARES[share]), way)
