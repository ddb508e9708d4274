"""Roof, HTTP shapes: what holds anything of a document is made of what its caller may see, and in no other way."""

from __future__ import annotations

from abc import abstractmethod
from functools import cache
from types import new_class
from typing import Any, Generic, Self, TypeVar, cast

from pydantic import ConfigDict

from acl.visible import Visible
from app.http.envelope import Wire

Seen = TypeVar("Seen")


class Revealing(Wire, Generic[Seen]):
    """Base of every shape with something of a document in it: `of` makes one, from what the chokepoint let through.

    A subclass says in `_shown` how it is filled: `return cls(content=passage.text)`. It stays abstract, so that
    neither its own name nor any way of pydantic's around `__init__` makes one; `of` alone works on a sealed twin.
    """

    model_config = ConfigDict(frozen=True)

    @classmethod
    def of(cls, visible: Visible[Seen]) -> Self:
        """Show what its caller may see."""
        if not isinstance(visible, Visible):
            raise TypeError(f"{cls.__name__} shows nothing that has not passed the chokepoint")
        return _sealed(cls)._shown(visible.value)

    @classmethod
    @abstractmethod
    def _shown(cls, seen: Seen) -> Self:
        """Fill the shape."""

    @abstractmethod
    def _is_sealed(self) -> None:
        """Be there in what `of` makes, and nowhere else."""

    def model_copy(self, *, update: Any = None, deep: bool = False) -> Self:
        """Copy it as it is; what it shows cannot be exchanged for something else."""
        if update:
            raise TypeError(f"{type(self).__name__} shows what was let through, and nothing else")
        return super().model_copy(deep=deep)


@cache
def _twin(kind: type[Any]) -> type[Any]:
    members = {"__module__": kind.__module__, "__doc__": kind.__doc__, "_is_sealed": lambda _: None}
    return new_class(kind.__name__, (kind,), exec_body=lambda body: body.update(members))


Shape = TypeVar("Shape", bound=Revealing[Any])


def _sealed(kind: type[Shape]) -> type[Shape]:
    return cast("type[Shape]", _twin(kind))
