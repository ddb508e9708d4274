"""As much of docling-serve as is asked of it: tasks that are begun, looked after and fetched, over a real wire."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any, cast

from tests.world.website import Asked, Page, Website, website


@dataclass(slots=True)
class LittleDocling:
    """Makes of every file the same, after being asked about it a few times."""

    site: Website
    markdown: str | None = "# A plan\n\nWhat it says."
    status: str = "success"
    away: int = 0  # the status of every answer, if set
    forms: list[dict[str, tuple[str | None, bytes]]] = field(default_factory=list)
    polls: int = 0

    def __post_init__(self) -> None:
        self.site.pages["/v1/convert/file/async"] = self.begin
        self.site.pages["/v1/status/poll/task-1"] = self.poll
        self.site.pages["/v1/result/task-1"] = self.result

    def begin(self, asked: Asked) -> Page:
        """Take a form with one file."""
        self.forms.append(_form(asked))
        return self._says({"task_id": "task-1", "task_type": "convert", "task_status": "pending", "task_position": 1})

    def poll(self, _: Asked) -> Page:
        """Say how far it is."""
        self.polls += 1
        ended = "success" if self.status != "failure" else "failure"
        status = ["pending", "started"][self.polls - 1] if self.polls < 3 else ended
        return self._says({"task_id": "task-1", "task_status": status, "task_position": None})

    def result(self, _: Asked) -> Page:
        """Give what was made of it."""
        document = {"filename": "file.pdf", "md_content": self.markdown, "json_content": None}
        return self._says({"document": document, "status": self.status, "errors": [], "processing_time": 0.1})

    def _says(self, said: dict[str, Any]) -> Page:
        return Page(json.dumps(said).encode(), self.away or 200, {"Content-Type": "application/json"})


@asynccontextmanager
async def little_docling() -> AsyncIterator[LittleDocling]:
    """Run one until the block ends."""
    async with website() as site:
        yield LittleDocling(site)


def _form(asked: Asked) -> dict[str, tuple[str | None, bytes]]:
    head = f"Content-Type: {asked.headers['content-type']}\r\n\r\n".encode()
    message = BytesParser(EmailMessage, policy=HTTP).parsebytes(head + asked.body)
    return {
        str(part.get_param("name", header="content-disposition")): (
            part.get_filename(),
            cast("bytes", part.get_payload(decode=True)),
        )
        for part in message.iter_parts()
    }
