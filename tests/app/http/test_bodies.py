"""What is sent to us is measured and looked at before it costs anything."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator

import httpx
import pytest

from tests.app.http.conftest import MOST
from tests.world.people import Organisation

PATH = "/v1/trials"
JSON = {"Content-Type": "application/json"}


async def pieces(size: int) -> AsyncIterator[bytes]:
    """A body nobody announced the length of."""
    for _ in range(size // 1000):
        yield b" " * 1000


async def test_a_body_announced_as_too_large_is_refused(trier: httpx.AsyncClient) -> None:
    answer = await trier.post(PATH, content=b" " * (MOST + 1), headers=JSON)
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "PAYLOAD_TOO_LARGE")


async def test_a_body_that_turns_out_too_large_is_refused_while_it_is_read(trier: httpx.AsyncClient) -> None:
    answer = await trier.post(PATH, content=pieces(MOST + 2000), headers=JSON)
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "PAYLOAD_TOO_LARGE")


async def test_a_keyed_body_that_is_too_large_is_refused_and_its_key_stays_free(trier: httpx.AsyncClient) -> None:
    headers = {**JSON, "Idempotency-Key": "too-large"}
    assert (await trier.post(PATH, content=pieces(MOST + 2000), headers=headers)).status_code == 413
    assert (await trier.post(PATH, json={"name": "x"}, headers=headers)).status_code == 201


async def test_a_body_of_just_the_limit_is_read(trier: httpx.AsyncClient) -> None:
    body = b'{"name": "x"}'.ljust(MOST)
    assert (await trier.post(PATH, content=body, headers=JSON)).status_code == 201


async def test_a_file_may_be_larger_than_json_but_not_than_its_own_limit(trier: httpx.AsyncClient) -> None:
    fine = await trier.post(f"{PATH}/upload", files={"file": b"x" * (2 * MOST)})
    assert fine.json()["data"]["name"] == str(2 * MOST)
    refused = await trier.post(f"{PATH}/upload", files={"file": b"x" * (4 * MOST + 2**20 + 1)})
    assert (refused.status_code, refused.json()["error"]["code"]) == (413, "PAYLOAD_TOO_LARGE")


@pytest.mark.parametrize("body", [b"{", b"", b"{'name': 1}", b"\xff\xfe", b'{"name": "x"} more', b"[" * 20_000])
async def test_what_is_not_json_is_said_to_be_so(body: bytes, trier: httpx.AsyncClient) -> None:
    answer = await trier.post(PATH, content=body, headers=JSON)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "VALIDATION_ERROR")


@pytest.mark.parametrize("body", ["null", "1", '"x"', "[]", '{"name": null}', '{"name": ["x"]}', "{}"])
async def test_json_of_another_shape_names_what_is_wrong(body: str, trier: httpx.AsyncClient) -> None:
    answer = await trier.post(PATH, content=body, headers=JSON)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "VALIDATION_ERROR")
    assert answer.json()["error"]["details"]


@pytest.mark.parametrize(
    "kind",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/xml", ""],
)
async def test_a_body_of_another_type_is_refused_unread(kind: str, trier: httpx.AsyncClient) -> None:
    headers = {"Content-Type": kind} if kind else {}
    for body in (b'{"name": "x"}', pieces(10 * MOST)):
        answer = await trier.post(PATH, content=body, headers=headers)
        assert (answer.status_code, answer.json()["error"]["code"]) == (415, "UNSUPPORTED_MEDIA_TYPE")


async def test_json_is_known_by_its_type_however_it_is_spelt(trier: httpx.AsyncClient) -> None:
    for kind in ("application/json; charset=utf-8", "APPLICATION/JSON", "application/vnd.acme+json"):
        answer = await trier.post(PATH, content=b'{"name": "x"}', headers={"Content-Type": kind})
        assert answer.status_code == 201, kind


async def test_a_large_body_that_nobody_may_send_is_not_read(trier: httpx.AsyncClient) -> None:
    answer = await trier.patch(f"{PATH}/grp_none", content=pieces(10 * MOST), headers=JSON)
    assert answer.status_code == 404


async def test_a_name_as_long_as_a_body_can_be_is_refused_without_much_ado(acme: Organisation) -> None:
    client, took = acme.client("user"), list[float]()
    while len(took) < 5 and not any(seconds < 1.0 for seconds in took):  # others of this process work meanwhile
        begun = time.process_time()
        answer = await client.post("/v1/api-keys", json={"name": "x", "scopes": ["a" * 9_000_000]})
        took.append(time.process_time() - begun)
        assert answer.status_code == 422
        assert len(answer.content) < 5_000
    assert min(took) < 1.0
