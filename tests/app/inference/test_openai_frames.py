"""ChunkFrames pass through whole and unread, however the bytes were cut on their way."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.inference.backends.openai_frames import MAX_TAIL, ChunkFrames
from app.inference.errors import BackendError, BackendFailure, BackendRateLimited, BackendRefused, UpstreamShapeMismatch
from app.inference.ports import Usage
from tests.world.openai_answers import DONE, UP, chunk, frame, split, tool_stream, usage_frame, words

SHOWN = 'acme/"chat"'


def run(pieces: Sequence[bytes], *, include_usage: bool = False) -> tuple[bytes, ChunkFrames, BackendFailure | None]:
    frames = ChunkFrames(shown_model=SHOWN, include_usage=include_usage)
    out: list[bytes] = []
    try:
        for piece in pieces:
            out.append(frames.feed(piece))
            if frames.done:
                break
        else:
            while last := frames.end():
                out.append(last)
    except BackendFailure as failure:
        return b"".join(out), frames, failure
    return b"".join(out), frames, None


def objects(out: bytes) -> list[dict[str, object]]:
    assert out.endswith(b"\n\n")
    return [json.loads(one.removeprefix(b"data: ")) for one in out[:-2].split(b"\n\n")]


STREAMS = {
    "plain": [*words(4), usage_frame(), DONE],
    "spaced": [frame(chunk({"content": "a"}), compact=False), frame(chunk({}, finish="stop"), compact=False), DONE],
    "no done": words(3),
    "no last blank line": [*words(3), b"data: [DONE]"],
    "carriage returns": [one.replace(b"\n", b"\r\n") for one in [*words(4), usage_frame(), DONE]],
    "bare carriage returns": [one.replace(b"\n", b"\r") for one in [*words(4), DONE, b"\r"]],
    "comments": [b": hello\n\n", words(2)[0], b": ping\n\n", b"event: x\nid: 7\n" + words(2)[1], b":\n\n", DONE],
    "tools": [*tool_stream(), usage_frame(), DONE],
    "names change": [frame(chunk({"content": "a"}) | {"model": name}) for name in ("", "gpt", "gpt", "other")] + [DONE],
    "no space": [one.replace(b"data: ", b"data:") for one in [*words(3), DONE]],
    "done in the text": [frame(chunk({"content": "data: [DONE]"})), *words(2), DONE],
    "usage null": [frame(chunk({"content": "a"}, usage=None, error=None)), *words(2), usage_frame(), DONE],
    "error": [*words(3)[:2], frame({"error": {"message": "secret", "code": 500}})],
    "cut": words(3)[:2],
    "cut in a frame": [*words(3)[:2], words(3)[2][:20]],
    "garbage": [*words(3)[:2], b"data: oops\n\n"],
    "wide": [frame(chunk({"content": "w"})), 'data: {"choices":[],"x":"é漢"}\n\n'.encode(), *words(1), DONE],
}


@pytest.mark.parametrize("name", STREAMS)
@given(data=st.data())
def test_any_cut_of_the_bytes_yields_the_same_frames(name: str, data: st.DataObject) -> None:
    whole = b"".join(STREAMS[name])
    places = data.draw(st.lists(st.integers(1, len(whole) - 1), max_size=12))
    expected, straight, failure = run([whole])
    out, frames, other = run(split(whole, places))
    assert (out, frames.usage, frames.passed, type(other)) == (expected, straight.usage, straight.passed, type(failure))


@pytest.mark.parametrize("name", STREAMS)
def test_byte_by_byte_is_the_same_as_at_once(name: str) -> None:
    whole = b"".join(STREAMS[name])
    assert run(split(whole, range(len(whole))))[0] == run([whole])[0]


@pytest.mark.parametrize("name", STREAMS)
def test_every_frame_is_json_with_the_shown_name(name: str) -> None:
    out, frames, _ = run(STREAMS[name])
    assert len(objects(out)) == frames.passed
    assert all(one.get("model", SHOWN) == SHOWN for one in objects(out))
    assert UP.encode() not in out


def test_frames_that_came_together_leave_together() -> None:
    frames = ChunkFrames(shown_model="x", include_usage=False)
    frames.feed(words(5)[0])
    assert frames.feed(b"".join(words(5)[1:3])).count(b"\n\n") == 2


def test_the_bytes_of_a_frame_are_untouched_but_for_the_name() -> None:
    odd = (
        b'data: {"id":"1",  "model":"up-model-1","choices":[{"delta":{"content":"\\u00e9 \\"model\\":\\"up\\""}}]}\n\n'
    )
    out = run([odd, odd, *words(1), DONE])[0]
    assert out.startswith(odd.replace(b'"up-model-1"', json.dumps(SHOWN).encode()) * 2)


def test_arguments_of_tools_that_look_like_usage_or_errors_pass() -> None:
    out, frames, failure = run([*tool_stream(), DONE])
    assert failure is None
    assert frames.usage is None
    said = [one["choices"][0]["delta"] for one in objects(out)]  # type: ignore[index]
    text = "".join(delta["tool_calls"][0]["function"].get("arguments", "") for delta in said if delta)
    assert json.loads(text) == {"model": "x", "usage": {"error": {}}}


@pytest.mark.parametrize("wanted", [True, False])
def test_the_usage_frame_is_for_those_who_asked(wanted: bool) -> None:
    out, frames, _ = run([*words(2), usage_frame(), DONE], include_usage=wanted)
    assert frames.usage == Usage(9, 3)
    assert len(objects(out)) == frames.passed == (3 if wanted else 2)


def test_usage_beside_content_is_read_and_passed() -> None:
    last = frame(chunk({"content": "z"}, finish="stop", usage={"prompt_tokens": 4, "completion_tokens": 1}))
    out, frames, _ = run([words(2)[0], last, DONE])
    assert frames.usage == Usage(4, 1)
    assert len(objects(out)) == 2


def test_what_came_before_an_error_is_not_lost() -> None:
    out, _, failure = run([b"".join(STREAMS["error"])])
    assert len(objects(out)) == 2
    assert isinstance(failure, BackendError)
    assert "secret" not in failure.message


@pytest.mark.parametrize(
    ("piece", "error"),
    [
        (b"data: nonsense\n\n", UpstreamShapeMismatch),
        (b"data: [1]\n\n", UpstreamShapeMismatch),
        (b'data: {"hello":1}\n\n', UpstreamShapeMismatch),
        (b"<html>\n\n</html>", BackendError),
        (b"", BackendError),
        (b'event: error\ndata: {"message":"x"}\n\n', BackendError),
        (frame({"error": {"code": "rate_limit_exceeded"}}), BackendRateLimited),
        (frame({"error": {"code": None, "type": "invalid_request_error"}}), BackendRefused),
        (frame({"error": {"code": 400, "type": "BadRequestError"}}), BackendRefused),
        (frame({"error": {"code": {}, "type": []}}), BackendError),
        (frame({"error": "boom"}), BackendError),
    ],
)
def test_a_first_frame_that_is_none_fails(piece: bytes, error: type[BackendFailure]) -> None:
    out, _, failure = run([piece])
    assert out == b""
    assert type(failure) is error


def test_a_frame_without_an_end_is_not_collected_for_ever() -> None:
    frames = ChunkFrames(shown_model="x", include_usage=False)
    frames.feed(b"data: " + b"x" * (MAX_TAIL // 2))
    with pytest.raises(UpstreamShapeMismatch):
        frames.feed(b"x" * (MAX_TAIL // 2))


def test_an_answer_that_stops_without_an_end_is_a_failure() -> None:
    assert isinstance(run(STREAMS["cut"])[2], BackendError)
    assert isinstance(run(STREAMS["cut in a frame"])[2], BackendError)
    assert run(STREAMS["no done"])[2] is None
