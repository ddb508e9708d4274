"""Ground floor, inference: the catalogue with one model more, for whoever tries it before anybody can call it."""

from __future__ import annotations

from collections.abc import Sequence

from app.identity.caller import Caller
from app.inference.callable import CallableModel, Modality
from app.inference.catalogue import Catalogue
from app.inference.snapshot import Snapshot


class TrialCatalogue(Catalogue):
    """The catalogue as it is, but for one slug; whoever makes one has asked whether its caller may call that model."""

    def __init__(self, catalogue: Catalogue, drafted: CallableModel) -> None:
        self._catalogue, self._drafted = catalogue, drafted

    async def resolve(
        self, caller: Caller, slug: str, modality: Modality, *, invoked: bool = True, epoch: int | None = None
    ) -> Sequence[CallableModel]:
        """Return the model on trial, or what the slug names otherwise."""
        if slug == self._drafted.slug and modality == self._drafted.modality:
            return (self._drafted,)
        return await self._catalogue.resolve(caller, slug, modality, invoked=invoked, epoch=epoch)

    async def snapshot(self, epoch: int | None = None) -> Snapshot:
        """Return the catalogue as it stands now, without what is only tried."""
        return await self._catalogue.snapshot(epoch)

    def close(self) -> None:
        """There is nothing of its own."""
