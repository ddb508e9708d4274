"""How backends were last seen."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import httpx

from app.inference.errors import BackendError
from app.inference.health import discover, look, note_health
from app.inference.ports import BackendConnection, ChatCall, ChatStream, Completion, EmbedCall, Embeddings, ModelBackend
from tests.world import openai_answers as says
from tests.world.lanes import writing
from tests.world.models import Shop, data
from tests.world.platform import Running
from tests.world.served import backend_for
from tests.world.upstream import upstream

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


class Somewhere:
    """A small place that lists two models and answers for one of them."""

    def __init__(self) -> None:
        self.closed = 0

    def __call__(self, connection: BackendConnection) -> ModelBackend:
        return self

    async def discover(self) -> Sequence[str]:
        return ["small", "large", "small"]

    async def probe(self, upstream_model: str) -> None:
        if upstream_model != "large":
            raise BackendError("It has no such model.")

    async def aclose(self) -> None:
        self.closed += 1

    async def complete(self, call: ChatCall) -> Completion:
        raise BackendError("It does not chat.")

    async def open(self, call: ChatCall) -> ChatStream:
        raise BackendError("It does not chat.")

    async def embed(self, call: EmbedCall) -> Embeddings:
        raise BackendError("It does not embed.")


async def test_looking_tells_whether_it_would_answer_and_lets_go_of_it() -> None:
    place, connection = Somewhere(), BackendConnection("custom", "http://models.example")
    assert await look(place, connection, "large") is None
    failure = await look(place, connection, "small")
    assert isinstance(failure, BackendError)
    assert failure.message == "It has no such model."
    assert await discover(place, connection) == ["large", "small"]
    assert place.closed == 3


async def test_since_moves_only_when_the_state_does(running: Running, root: httpx.AsyncClient) -> None:
    backend = await Shop(root).backend()
    path = f"/v1/backends/{backend['id']}/health"
    unknown = {"state": "unknown", "since": None, "checked_at": None, "failure_code": None, "failure": None}
    assert data(await root.get(path)) == unknown

    seen = []
    for minute, failure in enumerate((None, None, "BACKEND_ERROR", "BACKEND_TIMEOUT", None)):
        async with writing(running.platform.database) as connection:
            note_health(connection, backend["id"], at=NOON + timedelta(minutes=minute), failure_code=failure)
        said = data(await root.get(path))
        seen.append((said["state"], said["since"][14:16], said["checked_at"][14:16], said["failure_code"]))
    assert seen == [
        ("up", "00", "00", None),
        ("up", "00", "01", None),
        ("failing", "02", "02", "BACKEND_ERROR"),
        ("failing", "02", "03", "BACKEND_TIMEOUT"),
        ("up", "04", "04", None),
    ]
    data(await root.delete(f"/v1/backends/{backend['id']}"))
    assert (await root.get(path)).json()["error"]["code"] == "BACKEND_NOT_FOUND"


async def test_who_looks_now_is_told_why_and_who_asks_later_only_the_code(root: httpx.AsyncClient) -> None:
    async with upstream() as up:
        up.says(says.error(401))
        path = f"/v1/backends/{await backend_for(root, up)}/health"
        looked, later = data(await root.get(f"{path}?check=true")), data(await root.get(path))
    assert looked["failure"] == "The backend does not accept our credentials."
    assert (looked["state"], later["state"]) == ("failing", "failing")
    assert (later["failure"], later["failure_code"]) == (None, "BACKEND_ERROR")
