"""What an agent is told fits into the window of its model: what was looked up first gives way, the best stays."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from rag.personas.values import Persona, Strategy
from rag.room import guessed
from rag.strategies.agentic import Agentic
from rag.strategies.multi_step import MultiStep
from tests.rag.strategies.scripted import Scripted, Shared, calls, contents, fallbacks, means, persona, text

QUESTION = "Who leads the team that runs Atlas?"
NAMES = ("Atlas", "Borealis", "Cosmos", "Dione")
LONG = {name: [f"{name} {name}{n} {'of the long tale ' * 40}" for n in range(4)] for name in NAMES}


@pytest.fixture
def share() -> Shared:
    """Four long passages to each name; the first of them says most of what is searched for."""
    return Shared([passage for passages in LONG.values() for passage in passages])


def agent(**said: Any) -> Persona:
    return persona(Strategy.AGENTIC, top_k=4, **said)


def looking() -> list[dict[str, Any]]:
    return [calls(("search", {"query": f"{name} {name}0"})) for name in NAMES]


def taken(asked: Mapping[str, Any]) -> int:
    """Tokens of a request and of the longest answer to it, reckoned as the platform reckons."""
    said = sum(guessed(str(message["content"])) for message in asked["messages"])
    called = sum(guessed(json.dumps(message["tool_calls"])) for message in asked["messages"] if "tool_calls" in message)
    return said + called + guessed(json.dumps(asked["tools"])) + int(asked["max_tokens"])


def answered(asked: Mapping[str, Any]) -> list[str]:
    return [str(message["content"]) for message in asked["messages"] if message["role"] == "tool"]


async def test_what_was_looked_up_first_is_shortened_first_and_its_best_passage_stays_whole(share: Shared) -> None:
    mind = Scripted([*looking(), text('{"passages": [1]}')], window=4_000)
    found = await Agentic().retrieve(QUESTION, agent(), share, means(mind, share))
    assert len(mind.asked) == 5
    assert all(taken(asked) <= 4_000 for asked in mind.asked)
    said = answered(mind.asked[-1])
    shown = [sum(passage in one for passage in LONG[name]) for one, name in zip(said, NAMES, strict=True)]
    assert shown == sorted(shown), "the older, the less of it"
    assert shown[0] >= 1
    assert shown[-1] == 4
    assert all(LONG[name][0] in one for one, name in zip(said, NAMES, strict=True)), "the best of each"
    assert all("left out now" in one for one, many in zip(said, shown, strict=True) if many < 4)
    assert contents(found)[0] == LONG["Atlas"][0], "what it was shown once it may name"
    assert not found.degraded


async def test_where_even_the_best_have_no_room_the_oldest_are_left_out(share: Shared) -> None:
    mind = Scripted([*looking(), text("Done.")], window=1_500)
    found = await Agentic().retrieve(QUESTION, agent(), share, means(mind, share))
    assert all(taken(asked) <= 1_500 for asked in mind.asked)
    said = answered(mind.asked[-1])
    assert LONG["Atlas"][0] not in said[0]
    assert LONG["Dione"][0] in said[-1]
    assert fallbacks(found) == []


async def test_material_that_is_shortened_stays_within_its_fence(share: Shared) -> None:
    mind = Scripted([*looking(), text("Done.")], window=4_000)
    await Agentic().retrieve(QUESTION, agent(), share, means(mind, share))
    marker = answered(mind.asked[0] if answered(mind.asked[0]) else mind.asked[1])[0].split("<<<")[1].split("\n")[0]
    for one in answered(mind.asked[-1]):
        assert one.count(f"<<<{marker}") == one.count(f"{marker}>>>") == 1
        assert one.index(f"<<<{marker}") < one.index("tale") < one.rindex("tale") < one.index(f"{marker}>>>")


async def test_a_window_in_which_an_agent_cannot_work_leaves_it_to_two_steps(share: Shared) -> None:
    mind = Scripted([text('{"queries": []}')], window=300)
    found = await Agentic().retrieve(QUESTION, agent(), share, means(mind, share))
    assert fallbacks(found)[0] == ("multi_step", "window")
    assert "tools" not in mind.asked[0]
    assert contents(found)


async def test_a_window_with_room_for_all_of_it_changes_nothing(share: Shared) -> None:
    mind = Scripted([*looking(), text("Done.")])
    await Agentic().retrieve(QUESTION, agent(), share, means(mind, share))
    assert all(passage in mind.said() for passages in LONG.values() for passage in passages)


@pytest.mark.parametrize("window", [600, 1_500, 3_000])
async def test_a_rewriting_shows_no_more_than_there_is_room_for(share: Shared, window: int) -> None:
    mind = Scripted([text('{"queries": []}')], window=window)
    found = await MultiStep().retrieve("Atlas Atlas0", persona(top_k=4), share, means(mind, share))
    said = sum(guessed(str(message["content"])) for message in mind.asked[0]["messages"])
    assert said + int(mind.asked[0]["max_tokens"]) <= max(window, 800)
    assert contents(found)[0] == LONG["Atlas"][0]
