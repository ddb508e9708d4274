"""Ground floor, modules: whether a module is on for a tenant and how it is set, known to every process at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from app.db.epochs import Epochs, read_epochs
from app.db.tenancy import Reach
from app.db.transaction import Transactions
from app.modules.catalogue import MODULES, SettingKind, module_of
from app.modules.errors import ModuleNotEnabled
from app.modules.tables import EPOCH, EVERYWHERE, ModuleSetting, ModuleSwitch
from app.secrets import Secrets

PURPOSE = "module"


@dataclass(frozen=True, slots=True)
class _Board:
    """All switches and settings as they were at one epoch."""

    epoch: int
    switches: Mapping[tuple[str, str], bool]
    settings: Mapping[tuple[str, str], Mapping[str, Any]]


@dataclass(slots=True)
class Switchboard:
    """Remembers switches and settings and uses what it remembers only at the epoch it was learned at."""

    transactions: Transactions
    epochs: Epochs
    secrets: Secrets
    _board: _Board | None = field(default=None, repr=False)

    async def is_on(self, tenant_id: str, module: str, epoch: int | None = None) -> bool:
        """Whether a module is on for a tenant; `epoch` is that of "modules", if it has just been read."""
        switches = (await self._present(epoch)).switches
        everywhere = switches.get((module, EVERYWHERE), True)
        return switches.get((module, tenant_id), everywhere)

    async def require(self, tenant_id: str, module: str, epoch: int | None = None) -> None:
        """Refuse unless the module is on for the tenant."""
        if not await self.is_on(tenant_id, module, epoch):
            raise ModuleNotEnabled(module)

    async def settings_of(self, tenant_id: str, module: str) -> Mapping[str, str]:
        """The settings in force for a tenant, secrets in the clear: for the platform itself, not to be shown."""
        settings = (await self._present()).settings
        known = module_of(module).settings
        kept = {**settings.get((module, EVERYWHERE), {}), **settings.get((module, tenant_id), {})}
        return {key: self._clear(known[key].kind, value) for key, value in kept.items() if key in known}

    def _clear(self, kind: SettingKind, value: Any) -> str:
        return self.secrets.unseal(value, purpose=PURPOSE) if kind is SettingKind.SECRET else str(value)

    async def _present(self, epoch: int | None = None) -> _Board:
        number = (await self.epochs.read(EPOCH))[EPOCH] if epoch is None else epoch
        board = self._board
        if board is None or board.epoch < number:
            board = await self._read()
            if self._board is None or self._board.epoch <= board.epoch:
                self._board = board
        return board

    async def _read(self) -> _Board:
        async with self.transactions.open(Reach.everywhere(), writes=False) as transaction:
            connection = await transaction.session.connection()
            epoch = (await connection.run_sync(read_epochs, [EPOCH]))[EPOCH]
            switches = await transaction.session.scalars(select(ModuleSwitch))
            on = {(row.module, row.scope): row.enabled for row in switches if row.module in MODULES}
            settings: defaultdict[tuple[str, str], dict[str, Any]] = defaultdict(dict)
            for row in await transaction.session.scalars(select(ModuleSetting)):
                settings[row.module, row.scope][row.key] = row.value
        return _Board(epoch, on, dict(settings))
