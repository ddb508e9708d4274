"""SDK: when a request is sent again, and how long to wait before; decides, and does nothing."""

from __future__ import annotations

import random
from dataclasses import dataclass

from .errors import Refused

_HOPELESS = {"BUDGET_EXCEEDED", "QUOTA_EXCEEDED", "SCAIDRIVE_NOT_CONFIGURED"}  # no back-off mends these
_NOT_DONE = {429, 503}  # the server says that it has done nothing
_UNSURE = {502, 504}


@dataclass(frozen=True, slots=True)
class Retrying:
    """Again after a while, each while about twice as long, and never longer in all than patience lasts."""

    tries: int = 5
    patience: float = 90.0
    shortest: float = 0.5
    longest: float = 8.0

    def pause(self, missed: int, waited: float, refused: Refused | None = None) -> float | None:
        """Seconds to wait after so many misses; None: enough."""
        if missed >= self.tries:
            return None
        asked = None if refused is None else refused.retry_after
        backed_off = min(self.longest, self.shortest * 2.0 ** (missed - 1))
        # Together with whoever was refused in the same moment is the worst time to come back.
        wanted = (backed_off if asked is None else max(asked, 0.05)) * random.uniform(1.0, 1.25)  # noqa: S311
        return wanted if waited + wanted <= self.patience else None


def worth_again(refused: Refused, *, harmless: bool) -> bool:
    """Whether a refusal may be gone in a while; `harmless`: doing it twice does it once."""
    if refused.code in _HOPELESS:
        return False
    if refused.code == "IDEMPOTENCY_IN_FLIGHT":
        return True
    return refused.status in _NOT_DONE or (harmless and refused.status in _UNSURE)
