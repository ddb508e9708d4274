# Made of the module of the same name in `aio` by scripts/colours.py; change that one.
"""SDK: assistants."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from typing import Any

from ..sending import HasId, id_of, path_of
from ..shapes.answering import Persona
from .transport import Transport

_AT = "/v1/modules/scaipersona/personas"


def _at(persona: HasId | str, *rest: str) -> str:
    return _AT + path_of(id_of(persona), *rest)


class Personas:
    """Assistants over chosen collections."""

    def __init__(self, transport: Transport):
        self._transport = transport

    def list(self) -> Generator[Persona, None, None]:
        """All of the tenant."""
        return self._transport.every(_AT, Persona)

    def get(self, persona: HasId | str) -> Persona:
        """One, by its id, with the `etag` of its present state."""
        said, etag = self._transport.tagged(_at(persona))
        return replace(Persona.read(said), etag=etag)

    def find(self, called: str) -> Persona | None:
        """One by its id, its slug, or the name it is called by as a model."""
        for one in self.list():
            if called in {one.id, one.slug, one.published_slug}:
                return one
        return None

    def create(self, name: str, model_slug: str, **fields: Any) -> Persona:
        """Make one."""
        return Persona.read(self._transport.create(_AT, {"name": name, "model_slug": model_slug, **fields}))

    def change(self, persona: HasId | str, *, if_match: str | None = None, **fields: Any) -> Persona:
        """Change what is named of it; where it is published, live with the next question.

        With the `etag` of a state that was read, whatever was changed since then is a Conflict and stays as it is.
        """
        return Persona.read(self._transport.patch(_at(persona), fields, if_match=if_match))

    def delete(self, persona: HasId | str) -> None:
        """Delete it."""
        self._transport.delete(_at(persona))

    def publish(self, persona: HasId | str) -> Persona:
        """Let it be called like a model."""
        return Persona.read(self._transport.post(_at(persona, "publish"), {}, harmless=True))

    def unpublish(self, persona: HasId | str) -> Persona:
        """Let it be called no more."""
        return Persona.read(self._transport.post(_at(persona, "unpublish"), harmless=True))
