"""Ground floor, accounting: when a budget stands in the way."""

from __future__ import annotations

from datetime import datetime, timedelta

from app.clock import wire_time
from app.errors import Kind, NotFound, PermissionDenied, PlatformError, Unavailable

LONGEST_WAIT = timedelta(days=1)  # what Retry-After says at most, however far the next period is


class BudgetExceeded(PlatformError):
    """A budget the caller draws on is used up."""

    code = "BUDGET_EXCEEDED"
    kind = Kind.LIMITED

    @classmethod
    def of(cls, scope: str, *, renews_at: datetime | None, now: datetime) -> BudgetExceeded:
        """Say whose budget it is and when it starts anew; never how large it is."""
        whose = "Your own budget" if scope == "user" else f"The budget of your {scope}"
        if renews_at is None:
            return cls(f"{whose} is used up.")
        wait = min(renews_at - now, LONGEST_WAIT)
        return cls(
            f"{whose} is used up; it starts anew at {wire_time(renews_at)}.",
            retry_after=max(1, -(-wait // timedelta(seconds=1))),
        )


class BudgetNotFound(NotFound):
    """No such budget, or outside the caller's scope."""

    code = "BUDGET_NOT_FOUND"


class BudgetsUnknown(Unavailable):
    """Whether a budget has room cannot be told right now, and a call is not made on a guess."""

    def __init__(self) -> None:
        super().__init__("Budgets cannot be checked right now; try again shortly.", retry_after=2)


class BudgetAboveYou(PermissionDenied):
    """A budget the caller may see was set by somebody above them."""

    def __init__(self, authority: str) -> None:
        super().__init__(f"This budget was set by the {authority}; only they change it.")
