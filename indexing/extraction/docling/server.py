"""Knowing, extraction: what is asked of docling-serve, and what its answers mean."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import uuid4

from app.outbound.client import Allowance, OutboundClient
from app.outbound.errors import Fault, OutboundFailed, OutboundRefused
from indexing.extraction.docling.pages import MARK
from indexing.extraction.errors import ExtractionUnavailable

_FORM = {"to_formats": "md", "image_export_mode": "placeholder", "md_page_break_placeholder": MARK}
_AWAY = {401, 403, 404, 408, 425, 429}
_MOST_BYTES = 256 * 2**20  # of an answer: twenty million characters, escaped
_UNDER_WAY = {"pending", "started"}


class DoclingAway(ExtractionUnavailable):
    """Docling, which is to read such files here, does not answer as it should; trying again later may work."""


class DoclingRefused(Exception):
    """Docling cannot read this file; the message says why."""


@dataclass(frozen=True, slots=True)
class Converted:
    """A file as Markdown, with a mark between its pages."""

    markdown: str
    whole: bool


@dataclass(slots=True)
class DoclingServer:
    """Has one file after the other converted; only one at a time is in memory while it is sent."""

    client: OutboundClient
    url: str
    api_key: str = field(default="", repr=False)
    most_seconds: float = 900.0
    pause: float = 0.5
    _sending: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def convert(self, path: Path, ending: str) -> Converted:
        """Read a file; raises one of the two errors above."""
        try:
            async with asyncio.timeout(self.most_seconds):
                task_id = await self._begin(path, ending)
                await self._ended(task_id)
                return _converted(await self._asked("GET", f"/v1/result/{task_id}"))
        except TimeoutError:
            raise DoclingRefused(f"it took longer than {self.most_seconds:g} seconds") from None

    async def _begin(self, path: Path, ending: str) -> str:
        async with self._sending:
            boundary = uuid4().hex
            body = await asyncio.to_thread(_form, path, ending, boundary)
            headers = {"content-type": f"multipart/form-data; boundary={boundary}"}
            begun = await self._asked("POST", "/v1/convert/file/async", body, headers)
        if not isinstance(begun.get("task_id"), str):
            raise DoclingAway("What answers at SCAIGRID_DOCLING_URL is not docling-serve.")
        return quote(begun["task_id"], safe="")

    async def _ended(self, task_id: str) -> None:
        pause = self.pause
        while True:
            status = (await self._asked("GET", f"/v1/status/poll/{task_id}")).get("task_status")
            if status not in _UNDER_WAY:
                return
            await asyncio.sleep(pause)
            pause = min(2 * pause, 5.0)

    async def _asked(
        self, method: str, path: str, content: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        said = {**(headers or {}), **({"x-api-key": self.api_key} if self.api_key else {})}
        allowance = Allowance(total_s=120.0, read_s=60.0, body_bytes=_MOST_BYTES)
        try:
            answer = await self.client.send(
                method, f"{self.url.rstrip('/')}{path}", content=content, headers=said, allowance=allowance
            )
        except OutboundRefused as error:
            raise DoclingAway(f"SCAIGRID_DOCLING_URL may not be called: {error.message}") from None
        except OutboundFailed as error:
            if error.fault is Fault.TOO_LARGE:
                raise DoclingRefused("what it makes of it is too large") from None
            raise DoclingAway(f"Docling does not answer: {error.message}") from None
        if answer.status in _AWAY or answer.status >= 500:
            raise DoclingAway(f"Docling answered with status {answer.status}.")
        if answer.status != 200:
            raise DoclingRefused(f"it answered with status {answer.status}")
        return await asyncio.to_thread(_object, answer.body)


def _form(path: Path, ending: str, boundary: str) -> bytes:
    fields = "".join(
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in _FORM.items()
    )
    # What the file is called is nobody's business but ours; its ending says what it is.
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="files"; filename="file.{ending}"\r\n\r\n'
    return (fields + head).encode() + path.read_bytes() + f"\r\n--{boundary}--\r\n".encode()


def _object(body: bytes) -> dict[str, Any]:
    try:
        said = json.loads(body)
    except ValueError:
        said = None
    if not isinstance(said, dict):
        raise DoclingAway("What answers at SCAIGRID_DOCLING_URL is not docling-serve.")
    return said


def _converted(result: dict[str, Any]) -> Converted:
    document, status = result.get("document"), result.get("status")
    markdown = document.get("md_content") if isinstance(document, dict) else None
    if status not in {"success", "partial_success"} or not isinstance(markdown, str):
        raise DoclingRefused("it found the file damaged, locked or of another type")
    return Converted(markdown, whole=status == "success")
