"""Roof, MCP: a tool as a value."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from app.http.envelope import Wire
from app.http.visit import Visit


@dataclass(frozen=True, slots=True)
class Tool:
    """Something an assistant may have done; none of them changes anything."""

    name: str
    title: str
    description: str
    asks: type[Wire]
    answers: type[BaseModel]
    deed: Callable[[Visit, Any], Awaitable[dict[str, Any]]]
