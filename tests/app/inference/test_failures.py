"""Every failure of a server or of the driver becomes one of ours, and none of its words get out."""

from __future__ import annotations

import inspect
import time
from datetime import UTC, datetime
from email.utils import format_datetime, formatdate

import httpx
import pytest

from app.inference import errors
from app.inference.backends.anthropic import Anthropic
from app.inference.backends.errand import Place
from app.inference.backends.failures import failures_translated, retry_after
from app.inference.backends.openai_compatible import OpenAICompatible
from app.inference.ports import EmbedCall, ModelBackend
from tests.app.inference.conftest import KEY, call
from tests.world import openai_answers as says
from tests.world.patience import PATIENCE
from tests.world.upstream import Answer, Upstream


def driver_exceptions() -> list[type[Exception]]:
    found = [one for _, one in inspect.getmembers(httpx, inspect.isclass) if issubclass(one, Exception)]
    assert len(found) > 20
    return found


def an_instance(kind: type[Exception]) -> Exception:
    if issubclass(kind, httpx.HTTPStatusError):
        request = httpx.Request("GET", "http://secret.test")
        return kind("secret", request=request, response=httpx.Response(500, request=request))
    try:
        return kind("secret")
    except TypeError:
        return kind()


@pytest.mark.parametrize("kind", [*driver_exceptions(), TimeoutError])
def test_every_exception_of_the_driver_is_translated(kind: type[Exception]) -> None:
    with pytest.raises(errors.BackendFailure) as caught, failures_translated():
        raise an_instance(kind)
    assert "secret" not in caught.value.message
    assert isinstance(caught.value, errors.BackendTimeout) == issubclass(kind, (httpx.TimeoutException, TimeoutError))


STATUSES = {
    301: errors.UpstreamShapeMismatch,
    204: errors.UpstreamShapeMismatch,
    400: errors.BackendRefused,
    401: errors.BackendError,
    403: errors.BackendError,
    404: errors.BackendError,
    408: errors.BackendTimeout,
    413: errors.BackendRefused,
    418: errors.BackendError,
    422: errors.BackendRefused,
    429: errors.BackendRateLimited,
    500: errors.BackendError,
    503: errors.BackendError,
    504: errors.BackendTimeout,
}


@pytest.mark.parametrize("status", STATUSES)
async def test_every_status_has_its_error(world: Upstream, backend: OpenAICompatible, status: int) -> None:
    world.says(says.error(status, text=f"vendor text {KEY}", headers=[("location", "http://127.0.0.1:1/x")]))
    for asking in (backend.complete(call()), backend.open(call()), backend.embed(EmbedCall("m", ["x"]))):
        with pytest.raises(errors.BackendFailure) as caught:
            await asking
        failure = caught.value
        assert isinstance(failure, STATUSES[status])
        assert failure.try_next == (status not in {400, 413, 422})
        for secret in ("vendor", KEY, "127.0.0.1", "up-model-1"):
            assert secret not in str(failure)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7),
        ({"retry-after": "0.2"}, 1),
        ({"retry-after-ms": "1500", "retry-after": "9"}, 2),
        ({"retry-after": "-5"}, 0),
        ({"retry-after": "1e99"}, 86400),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "soon"}, None),
        ({}, None),
        ({"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT", "date": "Wed, 21 Oct 2015 07:27:30 GMT"}, 30),
        ({"retry-after": format_datetime(datetime(2015, 10, 21, tzinfo=UTC), usegmt=True)}, 0),
    ],
)
def test_how_long_to_wait_is_read_in_every_form(headers: dict[str, str], seconds: int | None) -> None:
    assert retry_after(headers) == seconds


def test_a_date_without_the_servers_own_is_measured_by_our_clock() -> None:
    assert retry_after({"retry-after": formatdate(time.time() + 60, usegmt=True)}) in range(30, 62)


async def test_a_rate_limit_carries_its_wait(world: Upstream, backend: OpenAICompatible) -> None:
    world.says(says.error(429, headers=[("Retry-After", "3")]))
    with pytest.raises(errors.BackendRateLimited) as caught:
        await backend.complete(call())
    assert caught.value.retry_after == 3


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Answer(pieces=[b"{"], cut=True), errors.BackendError),
        (Answer(pieces=[b"nonsense\r\n\r\n"], raw=True), errors.BackendError),
        (Answer(pieces=[], raw=True), errors.BackendError),
        (Answer(pieces=[b"HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\n{"], raw=True), errors.BackendError),
        (Answer(pieces=[b"x"], headers=[("content-encoding", "gzip")]), errors.UpstreamShapeMismatch),
    ],
)
async def test_broken_answers(
    world: Upstream, backend: OpenAICompatible, answer: Answer, error: type[Exception]
) -> None:
    world.says(answer)
    with pytest.raises(error):
        await backend.complete(call())


@pytest.mark.parametrize(
    "answer", [Answer(silent=True), Answer(pieces=[b"{"] * 50, delay_s=0.1), Answer(pieces=[b"{"], hang=True)]
)
async def test_an_answer_that_takes_too_long(world: Upstream, hasty: OpenAICompatible, answer: Answer) -> None:
    world.says(answer)
    with pytest.raises(errors.BackendTimeout):
        await hasty.complete(call())


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1/v1", "http://name.invalid/v1", "http://169.254.169.254/v1", "http://[::ffff:a9fe:a9fe]"]
)
async def test_nobody_there(url: str) -> None:
    backend = OpenAICompatible(Place(url, timeout_s=PATIENCE))
    with pytest.raises(errors.BackendError) as caught:
        await backend.complete(call())
    assert caught.value.try_next
    await backend.aclose()


async def test_a_number_json_cannot_carry_is_the_callers_fault(backend: OpenAICompatible) -> None:
    with pytest.raises(errors.BackendRefused):
        await backend.complete(call(temperature=float("nan")))


def test_a_place_does_not_show_its_key() -> None:
    assert KEY not in repr(Place("http://x", {"authorization": KEY}))


async def test_both_adapters_are_backends() -> None:
    backends: list[ModelBackend] = [OpenAICompatible(Place("http://x")), Anthropic(Place("http://x"))]
    for backend in backends:
        await backend.aclose()
