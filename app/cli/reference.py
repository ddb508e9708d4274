"""Roof, command line: the reference pages, made from the code they describe."""

from __future__ import annotations

import importlib
import json
import pkgutil
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from app.cli.help_page import commands_page
from app.cli.reference_lists import metrics_page, operations_page
from app.errors import PlatformError
from app.http.application import assemble
from app.http.description import describe
from app.http.errors import STATUS_OF
from app.http.pages import known_errors
from app.http.routes import ALL
from app.settings import Settings, variables
from app.telemetry.metrics import REGISTRY
from app.wiring.platform import Platform

PACKAGES = ("app", "acl", "indexing", "rag", "evals", "tasks")
_ALONE = {"app.cli.__main__", "app.migrations.env", "tasks.celery_worker"}  # to import them is to run them


def pages() -> dict[str, str]:
    """Every reference page by its file name."""
    described = describe(assemble(_never, ALL))
    return {
        "cli.md": commands_page(),
        "errors.md": _errors(),
        "settings.md": _settings(),
        "openapi.json": json.dumps(described, indent=1, sort_keys=True, ensure_ascii=False) + "\n",
        "operations.md": operations_page(described),
        "metrics.md": metrics_page(REGISTRY),
    }


def import_everything() -> None:
    """Import every module, so that nothing said anywhere is missing from a page."""
    for package in PACKAGES:
        for module in pkgutil.walk_packages(importlib.import_module(package).__path__, f"{package}."):
            if module.name not in _ALONE and ".versions." not in module.name:
                importlib.import_module(module.name)


def _errors() -> str:
    import_everything()
    head = (
        "# Error codes\n\n"
        "What an answer's `error.code` can be; a code keeps its meaning for ever. Made by `make record`.\n"
    )
    return head + "".join(_error(error) for error in known_errors())


def _error(error: type[PlatformError]) -> str:
    sentence = " ".join((error.__doc__ or "").split())
    return f'\n<a id="{error.code}"></a>\n\n## {error.code}\n\n{STATUS_OF[error.kind]}. {sentence}\n'


def _settings() -> str:
    head = (
        "# Settings\n\n"
        "Every setting is an environment variable, read once at the start. Any of them may come from a file instead:\n"
        "`SCAIGRID_X_FILE` names the file that holds `SCAIGRID_X`. Made by `make record`.\n\n"
        "| variable | default | values | what it is |\n|---|---|---|---|\n"
    )
    return head + "".join(_setting(name, field) for name, field in variables(Settings))


def _setting(name: str, field: FieldInfo) -> str:
    secret = " **Secret.**" if field.annotation is SecretStr else ""
    said = str(field.description).replace("|", "\\|")
    return f"| `{name}` | {_default(field.default)} | {_values(field)} | {said}{secret} |\n"


def _default(value: Any) -> str:
    plain = value.get_secret_value() if isinstance(value, SecretStr) else value
    if plain is None or plain in {"", ()}:
        return ""
    return f"`{int(plain) if isinstance(plain, bool) else plain}`"


def _values(field: FieldInfo) -> str:
    if get_origin(field.annotation) is Literal:
        return ", ".join(f"`{value}`" for value in get_args(field.annotation))
    if field.annotation is bool or bool in get_args(field.annotation):
        return "`1`, `0`"
    least = next((rule.ge for rule in field.metadata if hasattr(rule, "ge")), None)
    most = next((rule.le for rule in field.metadata if hasattr(rule, "le")), None)
    if least is None:
        return ""
    return f"{least} to {most}" if most is not None else f"{least} and more"


def _never() -> AbstractAsyncContextManager[Platform]:
    raise RuntimeError("what is only described is never opened")


def record(folder: Path) -> None:
    """Write every page."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        (folder / name).write_text(text, encoding="utf-8")
