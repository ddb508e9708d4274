"""Ground floor, inference: a circuit breaker per backend, so that a dead one costs each caller nothing."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

FAILURES_TO_OPEN = 5
REST_SECONDS = 10.0
LONGEST_REST_SECONDS = 120.0


@dataclass(slots=True)
class _Circuit:
    failures: int = 0
    rest: float = REST_SECONDS
    closed_again_at: float = 0.0
    probing: bool = False


@dataclass(slots=True)
class Breakers:
    """Opens a backend's circuit after failures in a row; after a rest one call may try whether it is back."""

    seconds: Callable[[], float] = time.monotonic
    _circuits: dict[str, _Circuit] = field(default_factory=dict)

    def lets_through(self, backend_id: str) -> bool:
        """Whether a call may be tried now; saying yes to a resting backend makes that call its probe."""
        circuit = self._circuits.get(backend_id)
        if circuit is None or circuit.failures < FAILURES_TO_OPEN:
            return True
        if circuit.probing or self.seconds() < circuit.closed_again_at:
            return False
        circuit.probing = True
        return True

    def succeeded(self, backend_id: str) -> None:
        """The backend answered: its circuit is closed."""
        self._circuits.pop(backend_id, None)

    def failed(self, backend_id: str) -> None:
        """The backend failed: count it, and rest longer each time a probe fails."""
        circuit = self._circuits.setdefault(backend_id, _Circuit())
        if circuit.probing:
            circuit.rest = min(LONGEST_REST_SECONDS, circuit.rest * 2)
        circuit.failures += 1
        circuit.probing = False
        if circuit.failures >= FAILURES_TO_OPEN:
            circuit.closed_again_at = self.seconds() + circuit.rest

    def let_go(self, backend_id: str) -> None:
        """The call ended without saying anything of the backend (its caller went away)."""
        circuit = self._circuits.get(backend_id)
        if circuit is not None:
            circuit.probing = False

    def open_circuits(self) -> frozenset[str]:
        """The backends that are being rested."""
        return frozenset(name for name, circuit in self._circuits.items() if circuit.failures >= FAILURES_TO_OPEN)
