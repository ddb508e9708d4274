"""Measuring, runs: what the models that are asked for one answer take together, whoever asks them and whatever for."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from app.accounting.calls import FinishedCall, OpenCall
from app.inference.calls import Books
from app.inference.gateway import Gateway
from evals.answers import Spent


@dataclass(slots=True)
class Counted:
    """Books calls as they would be, and adds them up."""

    books: Books
    spent: Spent = field(default_factory=Spent)

    async def reserve(self, call: OpenCall, epoch: int | None = None) -> bool:
        """Set aside what a call may take, or refuse it."""
        return await self.books.reserve(call, epoch)

    def settle(self, call: FinishedCall) -> None:
        """Note a call that has ended."""
        self.spent = self.spent.with_more(Spent(1, call.input_tokens, call.output_tokens, call.cost))
        self.books.settle(call)

    def release(self, call_id: str) -> None:
        """Give back what was reserved for a call that was not made."""
        self.books.release(call_id)


def counted(gateway: Gateway) -> tuple[Gateway, Counted]:
    """The same way to models, and what is asked by it from now on."""
    counting = Counted(gateway.meter.ledger)
    return replace(gateway, meter=replace(gateway.meter, ledger=counting)), counting
