"""A stand-in for a model server: speaks OpenAI's protocol, answers at once, costs next to nothing."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

FRAMES = 32
PACE_SECONDS = 0.02
_CHUNK = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "stand-in"}
_USAGE = {"prompt_tokens": 12, "completion_tokens": 32, "total_tokens": 44}
PLAIN = json.dumps(
    {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "stand-in",
        "choices": [
            {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "word " * 32}},
        ],
        "usage": _USAGE,
    }
).encode()


def _frame(**parts: Any) -> bytes:
    return b"data: " + json.dumps({**_CHUNK, **parts}).encode() + b"\n\n"


WORDS = [_frame(choices=[{"index": 0, "delta": {"content": f"word{place} "}}]) for place in range(FRAMES)]
LAST = _frame(choices=[{"index": 0, "delta": {}, "finish_reason": "stop"}]) + _frame(choices=[], usage=_USAGE)
DONE = b"data: [DONE]\n\n"
_ROW = json.dumps([round(0.05 + place % 7 / 1000, 4) for place in range(384)]).encode()
_PLAIN_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(PLAIN)
_STREAM_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"


def _chunked(body: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(body), body)


def _vectors(count: int) -> list[bytes]:
    rows = b",".join(b'{"object":"embedding","index":%d,"embedding":%b}' % (place, _ROW) for place in range(count))
    body = b'{"object":"list","model":"stand-in","data":[%b],"usage":{"prompt_tokens":1,"total_tokens":1}}' % rows
    return [b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(body), body]


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
            body = await reader.readexactly(length)
            if head.startswith(b"POST /v1/embeddings"):
                writer.writelines(_vectors(len(json.loads(body)["input"])))
            elif b'"stream":true' in body.replace(b" ", b""):
                await _stream(writer, paced=b"paced" in body)
            else:
                writer.write(_PLAIN_HEAD + PLAIN)
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


async def _stream(writer: asyncio.StreamWriter, *, paced: bool) -> None:
    writer.write(_STREAM_HEAD)
    for word in WORDS:
        writer.write(_chunked(word))
        # Each frame leaves by itself, as a model's do; without a pause they would be read as one.
        await asyncio.sleep(PACE_SECONDS if paced else 0)
    writer.write(_chunked(LAST) + _chunked(DONE) + b"0\r\n\r\n")


async def main(port: int) -> None:
    """Serve until killed."""
    server = await asyncio.start_server(_answer, "127.0.0.1", port)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
