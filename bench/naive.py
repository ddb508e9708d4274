"""The least a gateway in this stack can be: FastAPI in, httpx out, nothing in between."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator

import httpx
import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.responses import StreamingResponse

app = FastAPI()
target = ""
client = httpx.AsyncClient(timeout=60, limits=httpx.Limits(max_connections=500, max_keepalive_connections=500))


@app.post("/v1/chat/completions")
async def forward(request: Request) -> Response:
    """Pass a request on."""
    body = await request.json()
    if not body.get("stream"):
        answer = await client.post(f"{target}/v1/chat/completions", json=body)
        return Response(answer.content, media_type="application/json")

    async def frames() -> AsyncIterator[bytes]:
        async with client.stream("POST", f"{target}/v1/chat/completions", json=body) as answer:
            async for piece in answer.aiter_bytes():
                yield piece

    return StreamingResponse(frames(), media_type="text/event-stream")


if __name__ == "__main__":
    target = sys.argv[2]
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="error", access_log=False)
