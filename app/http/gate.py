"""Roof, HTTP: what a caller needs before a route's body is even read."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from fastapi import Request

from app.http.visit import Visit

Guard = Callable[[Request, Visit], Awaitable[Any]]
Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])
_GATE = "__gate__"


@dataclass(frozen=True, slots=True)
class Gate:
    """The conditions of one route."""

    permission: str | None = None
    guard: Guard | None = None  # authorises what the path names; its result becomes visit.subject
    creates: bool = False  # honours Idempotency-Key
    transaction: bool = True
    public: bool = False
    by_hand: bool = False  # the endpoint takes only the visit and makes its own Response: FastAPI is passed by
    counted: bool = True  # against the rate limits
    deed_decides: bool = False  # about what the path names: the guard is asked only where the deed fails
    settles_tenant: bool = False  # has a rule of its own for who may name which ?tenant_id=
    module: str | None = None  # must be on for the tenant acted in


PUBLIC = Gate(public=True, transaction=False)


def gate(
    permission: str | None = None,
    *,
    guard: Guard | None = None,
    creates: bool = False,
    transaction: bool = True,
    counted: bool = True,
    module: str | None = None,
) -> Callable[[Endpoint], Endpoint]:
    """Say who may come to a route; every route must (a house test looks)."""
    return _attach(
        Gate(
            permission=permission,
            guard=guard,
            creates=creates,
            transaction=transaction,
            counted=counted,
            module=module,
        )
    )


def settles_tenant(endpoint: Endpoint) -> Endpoint:
    """Say above the gate that a route has a rule of its own for who may name which ?tenant_id=."""
    setattr(endpoint, _GATE, replace(gate_of(endpoint), settles_tenant=True))
    return endpoint


def deed_decides(endpoint: Endpoint) -> Endpoint:
    """Say above the gate that the deed itself decides about what the path names, as the guard would, and later."""
    setattr(endpoint, _GATE, replace(gate_of(endpoint), deed_decides=True))
    return endpoint


def gate_by_hand() -> Callable[[Endpoint], Endpoint]:
    """Say that a route is open to every caller and reads and writes by itself; for what is called most."""
    return _attach(Gate(transaction=False, by_hand=True))


def public() -> Callable[[Endpoint], Endpoint]:
    """Say that a route is open to everybody, without any credential."""
    return _attach(PUBLIC)


def gate_of(endpoint: Callable[..., Any]) -> Gate:
    """Return the gate of a route; one without a gate is a fault of ours and stops the start."""
    found = getattr(endpoint, _GATE, None)
    if not isinstance(found, Gate):
        raise TypeError(f"{endpoint.__qualname__} has no gate; say @gate(…) or @public()")
    return found


def _attach(made: Gate) -> Callable[[Endpoint], Endpoint]:
    def attach(endpoint: Endpoint) -> Endpoint:
        setattr(endpoint, _GATE, made)
        return endpoint

    return attach
