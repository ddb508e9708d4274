"""Ground floor, webhooks: how many attempts run at once, in all and to one host."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from urllib.parse import urlsplit

MOST = 32
MOST_PER_HOST = 4


@dataclass(slots=True)
class Places:
    """Counts attempts under way, so that one slow receiver cannot hold up the others."""

    most: int = MOST
    per_host: int = MOST_PER_HOST
    _taken: Counter[str] = field(default_factory=Counter)

    @property
    def left(self) -> int:
        """How many more attempts may start."""
        return self.most - self._taken.total()

    def take(self, url: str) -> bool:
        """Start one more attempt to the URL's host, if there is room."""
        host = _host(url)
        if self.left <= 0 or self._taken[host] >= self.per_host:
            return False
        self._taken[host] += 1
        return True

    def free(self, url: str) -> None:
        """One attempt to the URL's host has ended."""
        host = _host(url)
        self._taken[host] -= 1
        if not self._taken[host]:
            del self._taken[host]

    def sketch(self) -> Places:
        """A copy to plan with."""
        return Places(self.most, self.per_host, Counter(self._taken))


def _host(url: str) -> str:
    return urlsplit(url).netloc.lower()
