"""Roof, HTTP shapes: modules and their settings."""

from __future__ import annotations

from app.http.envelope import Wire
from app.modules.catalogue import Module, SettingKind
from app.modules.configuring import Layer


class ModuleRead(Wire):
    """A module, and whether it is on for the tenant acted in."""

    id: str
    name: str
    description: str
    enabled: bool

    @classmethod
    def of(cls, module: Module, *, enabled: bool) -> ModuleRead:
        """Show a module."""
        return cls(id=module.id, name=module.name, description=module.description, enabled=enabled)


class SettingRead(Wire):
    """One setting, for everybody and for the tenant acted in; secrets are masked."""

    key: str
    kind: SettingKind
    description: str
    tenant_settable: bool
    everywhere: str | None
    here: str | None
    effective: str | None

    @classmethod
    def of(cls, layer: Layer) -> SettingRead:
        """Show a setting."""
        return cls(
            key=layer.setting.key,
            kind=layer.setting.kind,
            description=layer.setting.description,
            tenant_settable=layer.setting.tenant_settable,
            everywhere=layer.everywhere,
            here=layer.here,
            effective=layer.effective,
        )
