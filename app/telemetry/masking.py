"""Ground floor, telemetry: what no log line may carry, taken out of it."""

from __future__ import annotations

import re
import sys
import traceback
from collections.abc import Mapping, MutableMapping
from typing import Any

from app.errors import PlatformError

MASK = "•••"
_DEEPEST = 6
_NAMES = re.compile(r"secret|passw|authorization|cookie|credential|token|bearer|key(?!word)", re.IGNORECASE)
_HARMLESS = re.compile(r"(_id|_prefix|_name|_count|tokens|keys)$", re.IGNORECASE)
_VALUES = (
    (re.compile(r"\b(sgk|whsec)_[A-Za-z0-9_\-]+"), rf"\1_{MASK}"),
    (re.compile(r"\bsk-[A-Za-z0-9_\-]{8,}"), f"sk-{MASK}"),
    (re.compile(r"\beyJ[A-Za-z0-9_\-]+\.[A-Za-z0-9_\-]+(\.[A-Za-z0-9_\-]*)?"), MASK),
    (re.compile(r"\b(bearer|basic)\s+[^\s\"',;•]+", re.IGNORECASE), rf"\1 {MASK}"),
    (re.compile(r"(?<=://)[^\s/@:]*:[^\s/@]*(?=@)"), MASK),
)
# What these say is about the program; what others say may quote what was being worked on.
_ABOUT_THE_PROGRAM = (
    PlatformError,
    AssertionError,
    AttributeError,
    ImportError,
    NameError,
    NotImplementedError,
    RuntimeError,
    TypeError,
)


def without_secrets(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A step of every log line: mask what is named as a secret and what looks like one."""
    for name, value in event.items():
        if not name.startswith("_"):  # structlog's own, taken out later
            event[name] = _masked(name, value, _DEEPEST)
    return event


def with_fault(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A step of every log line: write out where an exception came from, without what it quotes."""
    fault = event.pop("exc_info", None)
    if isinstance(fault, BaseException):
        event["exception"] = described(fault)
    elif isinstance(fault, tuple) and fault[1] is not None:
        event["exception"] = described(fault[1])
    elif fault:
        current = sys.exc_info()[1]
        if current is not None:
            event["exception"] = described(current)
    return event


def described(fault: BaseException) -> str:
    """An exception and those it came from: types and places, and only such words as cannot quote content."""
    parts: list[str] = []
    link: BaseException | None = fault
    while link is not None and len(parts) < 10:
        places = "".join(traceback.format_tb(link.__traceback__))
        parts.append(f"{places}{type(link).__module__}.{type(link).__qualname__}{_said(link)}")
        link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)
    return "\n-- which came from --\n".join(parts)


def masked(text: str) -> str:
    """A text with everything that looks like a secret taken out."""
    for look, instead in _VALUES:
        text = look.sub(instead, text)
    return text


def _masked(name: str, value: Any, depth: int) -> Any:
    if isinstance(value, str | bytes):
        if _NAMES.search(name) and not _HARMLESS.search(name):
            return MASK if value else value
        return masked(value) if isinstance(value, str) else masked(repr(value))
    if isinstance(value, Mapping):
        return {str(key): _masked(str(key), inner, depth - 1) for key, inner in value.items()} if depth else MASK
    if isinstance(value, list | tuple | set | frozenset):
        return [_masked(name, inner, depth - 1) for inner in value] if depth else MASK
    return value if value is None or isinstance(value, bool | int | float) else masked(str(value))


def _said(fault: BaseException) -> str:
    if isinstance(fault, OSError) and fault.strerror:
        return f": {fault.strerror}"
    if isinstance(fault, _ABOUT_THE_PROGRAM):
        return f": {masked(str(fault))[:500]}"
    number = next((argument for argument in fault.args if isinstance(argument, int)), None)
    return "" if number is None else f": {number}"
