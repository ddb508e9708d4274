"""How little an assistant's call asks of the database, whoever else asks at the same time."""

from __future__ import annotations

import pytest

from tests.rag.personas.conftest import Desk, turns
from tests.world import openai_answers as says
from tests.world.assistants import Streamed, streamed
from tests.world.statements import BEGIN, fewest

pytestmark = pytest.mark.sqlite  # where a transaction begins with a statement
ASKED = "What does the harbour master do at the harbour?"
MOST = 19  # eight times BEGIN, and eleven questions


async def test_a_call_asks_so_many_questions_and_no_more(desk: Desk) -> None:
    """Who comes in and what is on; what may be asked and of what; what was found; and four times what may be read."""
    helper = await desk.assistant()
    desk.up.says(says.talk(3))
    asked = {"model": helper.slug, "messages": turns(ASKED)}

    async def ask() -> Streamed:
        return await streamed(desk.acme.client("user"), "/v1/inference/chat", **asked)

    await ask()
    told = await ask()
    said = await fewest(desk.acme.running.platform.database, ask, MOST)
    (retrieval,) = told.named("retrieval")
    assert len(retrieval["citations"]) == 2
    begun = [thread for thread, statement in said if statement == BEGIN]
    assert begun.count("access") <= 4, "the ground, what was found, what is sent, what is cited"
    assert len(begun) <= 8
    assert sum(statement.startswith("SELECT") for _, statement in said) <= 11
    assert all(thread in {"access", "looks", "epochs"} for thread, _ in said), "no session is opened for it"
