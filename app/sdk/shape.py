"""SDK: how an answer becomes a typed value; fields that a newer server adds are kept in `raw` and disturb nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from datetime import datetime
from types import NoneType, UnionType
from typing import Any, Self, Union, get_args, get_origin, get_type_hints

from .errors import NotUnderstood

_NOWHERE = object()
_HINTS: dict[type, dict[str, Any]] = {}
_DEFAULTS: dict[type, dict[str, Any]] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """A value as the API answers it; `raw` is the answer itself."""

    raw: Mapping[str, Any] = field(repr=False, compare=False, hash=False)

    @classmethod
    def read(cls, said: Any) -> Self:
        """Read it."""
        if not isinstance(said, Mapping):
            raise NotUnderstood(f"Instead of a {cls.__name__} something else was answered.")
        return cls(raw=said, **{name: _found(cls, name, kind, said) for name, kind in _hints(cls).items()})


def _hints(shape: type) -> dict[str, Any]:
    if shape not in _HINTS:
        hints = get_type_hints(shape)
        _HINTS[shape] = {one.name: hints[one.name] for one in fields(shape) if one.name != "raw"}
    return _HINTS[shape]


def _defaults(shape: type) -> dict[str, Any]:
    if shape not in _DEFAULTS:
        _DEFAULTS[shape] = {one.name: one.default for one in fields(shape) if one.default is not MISSING}
    return _DEFAULTS[shape]


def _found(shape: type[Shape], name: str, kind: Any, said: Mapping[str, Any]) -> Any:
    value = said.get(name, _NOWHERE)
    if value is not _NOWHERE:
        return _read(kind, value)
    defaults = _defaults(shape)
    if name in defaults:
        return defaults[name]
    if NoneType in get_args(kind):
        return None
    raise NotUnderstood(f"A {shape.__name__} was answered without its {name}.")


def _read(kind: Any, value: Any) -> Any:
    """Make a value of a kind; what is none of ours stays as JSON has it."""
    if value is None:
        return None
    if get_origin(kind) in {Union, UnionType}:
        kind = next(one for one in get_args(kind) if one is not NoneType)
    if get_origin(kind) is tuple:
        return tuple(_read(get_args(kind)[0], one) for one in value)
    if isinstance(kind, type) and issubclass(kind, Shape):
        return kind.read(value)
    return datetime.fromisoformat(value) if kind is datetime else value
