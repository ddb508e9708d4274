"""Knowing, drive: a question to ScaiDrive as whoever asks it, and its answer as JSON of a bounded size."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.identity.exchange.ports import TokenExchange
from app.outbound.client import Allowance, Fetched, OutboundClient
from app.outbound.errors import Fault, OutboundFailed, OutboundRefused
from indexing.drive.admission import AUDIENCE, admission
from indexing.drive.errors import ScaiDriveFailed, ScaiDriveTimedOut

_ALLOWANCE = Allowance(total_s=20.0, read_s=15.0, body_bytes=4 * 1024 * 1024)
_QUICKLY_READ = 64 * 1024
_PLAIN = {"accept": "application/json"}
_UNKNOWN_TOKEN = 401


@dataclass(frozen=True, slots=True)
class DriveQuestion:
    """Something to ask, by its place below `/api/v1/`; with a body, it is posted."""

    place: str
    body: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class DriveAnswer:
    """What ScaiDrive says; nothing is read of an answer that is not 200."""

    status: int
    said: Any = None


@dataclass(frozen=True, slots=True)
class DriveAsking:
    """Asks ScaiDrive; its address is an operator's, so that it may be anywhere but where credentials are."""

    client: OutboundClient
    exchange: TokenExchange

    async def ask(self, base_url: str | None, bearer: str | None, question: DriveQuestion) -> DriveAnswer:
        """Ask as the holder of a bearer; a token that is taken no more is exchanged anew, once."""
        answer = await self._asked(base_url, bearer, question)
        if answer.status == _UNKNOWN_TOKEN and bearer is not None:
            self.exchange.forget(bearer, AUDIENCE)
            answer = await self._asked(base_url, bearer, question)
        return DriveAnswer(answer.status, await _read(answer.body) if answer.status == 200 else None)

    async def _asked(self, base_url: str | None, bearer: str | None, question: DriveQuestion) -> Fetched:
        root, ours = await admission(self.exchange, base_url, bearer)
        url, headers, content = f"{root}/{question.place}", _PLAIN | ours, b""
        if question.body is not None:
            headers, content = headers | {"content-type": "application/json"}, json.dumps(question.body).encode()
        method = "GET" if question.body is None else "POST"
        try:
            return await self.client.send(method, url, content=content, headers=headers, allowance=_ALLOWANCE)
        except OutboundFailed as error:
            if error.fault is Fault.TIMEOUT:
                raise ScaiDriveTimedOut from None
            raise ScaiDriveFailed(f"ScaiDrive could not be asked: {error.message}") from None
        except OutboundRefused as error:
            raise ScaiDriveFailed(f"ScaiDrive's address may not be called: {error.message}") from None


async def _read(body: bytes) -> Any:
    try:
        return json.loads(body) if len(body) < _QUICKLY_READ else await asyncio.to_thread(json.loads, body)
    except (ValueError, RecursionError):
        raise ScaiDriveFailed("ScaiDrive's answer could not be read.") from None
