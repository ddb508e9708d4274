"""Spans of model calls, as a collector gets them."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from app.context import request_id
from app.errors import Unavailable
from app.telemetry.genai import CHAT
from app.telemetry.tracing import NoTracer, open_tracer
from tests.world.receiver import Receiver, receiver


async def _exported(collector: Receiver, *, content: bool) -> list[Any]:
    tracer = open_tracer(collector.url.removesuffix("/hook"), content=content)
    token = request_id.set("req_traced")
    with tracer.span(CHAT, model="acme/helper", provider="openai") as span:
        span.set_model("gpt-x")
        span.set_usage(12, 34)
        span.set_content(asked=[{"role": "user", "content": "my question"}], answered="my answer")
    with pytest.raises(Unavailable), tracer.span(CHAT, model="acme/broken", provider="custom"):
        raise Unavailable("quoting my question")
    request_id.reset(token)
    await asyncio.to_thread(tracer.close)
    spans = []
    for got in collector.got:
        assert (got.path, got.headers["content-type"]) == ("/v1/traces", "application/x-protobuf")
        for resource in ExportTraceServiceRequest.FromString(got.body).resource_spans:
            assert [item.value.string_value for item in resource.resource.attributes] == ["scaigrid"]
            spans += [span for scope in resource.scope_spans for span in scope.spans]
    return spans


def _attributes(span: Any) -> dict[str, object]:
    return {item.key: item.value.string_value or item.value.int_value for item in span.attributes}


async def test_a_call_is_told_in_the_genai_vocabulary_without_its_content() -> None:
    async with receiver() as collector:
        good, bad = await _exported(collector, content=False)
    assert good.name == "chat acme/helper"
    assert _attributes(good) == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "acme/helper",
        "gen_ai.response.model": "gpt-x",
        "gen_ai.usage.input_tokens": 12,
        "gen_ai.usage.output_tokens": 34,
        "scaigrid.request_id": "req_traced",
    }
    assert _attributes(bad)["error.type"] == "SERVICE_UNAVAILABLE"
    assert bad.status.code == 2
    assert not bad.events
    assert b"my question" not in b"".join(got.body for got in collector.got)


async def test_content_is_in_traces_only_where_the_operator_wants_it() -> None:
    async with receiver() as collector:
        good, _ = await _exported(collector, content=True)
    assert "my question" in str(_attributes(good)["gen_ai.input.messages"])
    assert "my answer" in str(_attributes(good)["gen_ai.output.messages"])


def test_without_an_address_nothing_is_traced() -> None:
    tracer = open_tracer("", content=True)
    assert isinstance(tracer, NoTracer)
    with tracer.span(CHAT, model="m", provider="p") as span, tracer.span(CHAT, model="n", provider="p"):
        span.set_usage(1, 2)
    tracer.close()


async def test_what_is_not_set_up_is_not_even_loaded() -> None:
    # FastAPI loads opentelemetry's bare API by itself where that is installed; the megabytes are in these.
    heavy = ("opentelemetry.sdk", "opentelemetry.exporter", "requests", "redis")
    program = f"import sys, app.serving; print([name for name in {heavy} if name in sys.modules])"
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", program, stdout=asyncio.subprocess.PIPE)
    said, _ = await process.communicate()
    assert said.decode().strip() == "[]"
