"""Ground floor, modules: what can be wrong with one."""

from __future__ import annotations

from app.errors import Kind, NotFound, PlatformError


class ModuleNotFound(NotFound):
    """There is no module of that name."""

    code = "MODULE_NOT_FOUND"


class ModuleNotEnabled(PlatformError):
    """The module is switched off here; what it holds is kept."""

    code = "MODULE_NOT_ENABLED"
    kind = Kind.FORBIDDEN

    def __init__(self, module: str) -> None:
        super().__init__(f"The module {module} is not enabled here; what it holds is kept until it is again.")
