"""What log lines carry, and what they must not."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

import structlog
from hypothesis import given
from hypothesis import strategies as some
from structlog.testing import capture_logs

from app.errors import ValidationFailed
from app.telemetry.logging import _with_request
from app.telemetry.masking import MASK, described, masked, without_secrets
from tests.world.people import Organisation
from tests.world.platform import unique

_PROGRAM = """
import logging, structlog
from app.context import request_id
from app.telemetry.logging import configure_logging
configure_logging("info", "json")
log = structlog.get_logger("test")
request_id.set("req_1")
structlog.contextvars.bind_contextvars(tenant_id="tnt_1")
log.info("made", key_id="apikey_1", input_tokens=3, note="sgk_" + "a" * 40, upstream={"api_key": "x", "url": "http://u:p@h/"})
try:
    raise ValueError("the content of a document")
except ValueError:
    log.exception("failed")
    logging.getLogger("library").exception("theirs Bearer abcdefgh.ijk")
log.debug("not said")
"""


async def _lines(program: str) -> list[dict[str, Any]]:
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", program, stderr=asyncio.subprocess.PIPE)
    _, said = await process.communicate()
    assert process.returncode == 0, said.decode()
    return [json.loads(line) for line in said.decode().splitlines()]


async def test_a_line_is_json_with_its_request_and_without_secrets_or_content() -> None:
    made, failed, theirs = await _lines(_PROGRAM)
    assert (made["event"], made["request_id"], made["tenant_id"]) == ("made", "req_1", "tnt_1")
    assert (made["key_id"], made["input_tokens"]) == ("apikey_1", 3)
    assert made["note"] == f"sgk_{MASK}"
    assert made["upstream"] == {"api_key": MASK, "url": f"http://{MASK}@h/"}
    assert "ValueError" in failed["exception"]
    assert "line 11" in failed["exception"]
    assert "document" not in json.dumps([failed, theirs])
    assert theirs["event"] == f"theirs Bearer {MASK}"
    assert theirs["request_id"] == "req_1"


def test_an_exception_is_told_with_its_causes_and_only_in_our_own_words() -> None:
    content = "the" + " content"

    def deep() -> None:
        try:
            int(content)
        except ValueError as error:
            raise ValidationFailed.of("name", "is not right") from error

    try:
        deep()
    except ValidationFailed as error:
        said = described(error)
    assert "name: is not right" in said
    assert "builtins.ValueError" in said
    assert "the content" not in said


@given(some.text(alphabet="abcXYZ019_-", min_size=32, max_size=60), some.text(max_size=20), some.text(max_size=20))
def test_no_key_survives_wherever_it_stands(key: str, before: str, after: str) -> None:
    assert key not in masked(f"{before} sgk_{key} {after}")
    event = without_secrets(
        None, "info", {"event": "x", "deep": [{"client_secret": key}], "raw": f"sgk_{key}".encode()}
    )
    assert key not in json.dumps(event)


def test_names_that_only_sound_like_secrets_are_kept() -> None:
    said = {
        "event": "x",
        "key_id": "apikey_1",
        "output_tokens": 4,
        "token_count": 2,
        "key_prefix": "sgk",
        "keyword": "w",
    }
    assert without_secrets(None, "info", dict(said)) == said


async def test_who_called_before_on_a_connection_is_not_named_with_who_calls_next(acme: Organisation) -> None:
    key = acme.people["admin"].key
    host = acme.running.url.removeprefix("http://")
    mark = unique("mine")
    mine = f"Host: {host}\r\nX-Request-Id: {mark}"
    known = f"GET /v1/me HTTP/1.1\r\n{mine}\r\nAuthorization: Bearer {key}\r\n\r\n"
    unknown = f"GET /v1/me HTTP/1.1\r\n{mine}\r\n\r\n"
    last = f"GET /health HTTP/1.1\r\n{mine}\r\nConnection: close\r\n\r\n"
    name, port = host.split(":")
    with capture_logs(processors=[structlog.contextvars.merge_contextvars, _with_request]) as lines:
        reader, writer = await asyncio.open_connection(name, int(port))
        writer.write((known + unknown + last).encode())  # sent ahead: the second starts within the first
        await reader.read()
        writer.close()
    first, second, third = [line for line in lines if (line["event"], line.get("request_id")) == ("request", mark)]
    assert (first["status"], first["tenant_id"]) == (200, acme.id)
    assert second["status"] == 401
    assert "tenant_id" not in second
    assert "user_id" not in third
