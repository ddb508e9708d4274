"""Where assistants live in the platform: in its inference path, in its log, and in no store of conversations."""

from __future__ import annotations

from collections.abc import AsyncIterator, MutableMapping
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import Connection, select
from structlog.testing import capture_logs

from app.context import request_id
from app.db.base import Base
from app.http.application import assemble
from app.http.routes import ALL
from app.wiring import Platform
from rag.enrichment import PersonaEnricher
from rag.personas.values import Source, SourceType
from tests.rag.personas.conftest import Desk, turns
from tests.rag.personas.test_calling import usage_of
from tests.world import openai_answers as says
from tests.world.platform import Running, unique

ASKED = "What does the harbour master do at the harbour?"


async def test_the_enricher_is_where_the_inference_path_finds_it(running: Running) -> None:
    """Seed architecture, 3: `persona_enricher`, registered on `app.state.persona_enricher` at module init."""

    @asynccontextmanager
    async def opening() -> AsyncIterator[Platform]:
        yield running.platform

    app = assemble(opening, ALL)
    async with app.router.lifespan_context(app):
        assert isinstance(app.state.persona_enricher, PersonaEnricher)
        assert app.state.persona_enricher is running.platform.gateway.enricher


async def test_a_line_of_the_log_has_the_request_id_of_the_answer(desk: Desk) -> None:
    """Seed troubleshooting: check the request id in the response envelope and grep the logs for `persona_` events."""
    helper = await desk.assistant()
    helper.change(sources=(Source("src_wrong", SourceType.COLLECTION, "col_wrong", "Mistyped"),))
    desk.up.says(says.completion("I do not know."))

    def with_request(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        return {**event, "request_id": request_id.get()}

    with capture_logs(processors=[with_request]) as logs:
        body = {"model": helper.slug, "messages": turns(ASKED)}
        answer = await desk.acme.client("user").post("/v1/inference/chat", json=body)
    said = [line for line in logs if line["event"].startswith("persona_")]
    assert [line["request_id"] for line in said] == [answer.json()["meta"]["request_id"]]


async def test_nothing_is_kept_of_what_is_said_and_calls_are_found_by_the_models_slug(desk: Desk) -> None:
    """Seed architecture, state: no persona-level conversation log; filter the inference history by model slug."""
    helper, asked, answered = await desk.assistant(), unique("question"), unique("answer")
    desk.up.says(says.completion(answered))
    answer = await desk.ask("user", helper, f"{ASKED} {asked}")
    assert answered in answer["choices"][0]["message"]["content"]
    (item,) = await usage_of(desk, helper.slug)
    assert item["model"] == helper.slug

    def held(on: Connection) -> str:
        return "\n".join(str(on.execute(select(table)).all()) for table in Base.metadata.sorted_tables)

    everything = await desk.acme.running.platform.transactions.look(held)
    assert helper.slug in everything
    assert asked not in everything
    assert answered not in everything
