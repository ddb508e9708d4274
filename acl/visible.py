"""Allowing: a value that its caller may read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Visible(Generic[T_co]):
    """Proof that the chokepoint let a value through; it alone makes these, and a house test sees to it."""

    value: T_co
