"""Roof, command line: what every setting would be, where it is from, and what of the environment nobody reads."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from urllib.parse import urlsplit

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from app.cli.stored import login
from app.errors import CannotStart
from app.settings import PREFIX, RemoteSettings, Settings, read_settings, said_in_environment, variables

_MASK = "****"
_OF_TESTS = f"{PREFIX}TEST_"
_PASSWORD = re.compile(r"://[^/@\s]*@")


@dataclass(frozen=True, slots=True)
class Examined:
    """What was found; values that are secret are masked."""

    rows: list[dict[str, str]]
    wrong: list[str]


def examined() -> Examined:
    """Look at everything, and start nothing."""
    said = said_in_environment()
    wrong: list[str] = []
    try:
        read_settings()
        kept = login()
    except CannotStart as error:
        wrong.append(str(error))
        kept = None
    rows = [_row(name, field, said) for name, field in variables(Settings)]
    if kept is not None:
        url = {"name": f"{PREFIX}URL", "value": kept.url or str(RemoteSettings.model_fields["url"].default)}
        key = {"name": f"{PREFIX}API_KEY", "value": _MASK if kept.key else ""}
        rows += [{**url, "from": kept.url_from}, {**key, "from": kept.key_from}]
    return Examined(rows, [*wrong, *_unknown(said)])


def _row(name: str, field: FieldInfo, said: dict[str, str]) -> dict[str, str]:
    file = said.get(f"{name}_FILE")
    if name in said:
        value, source = said[name], file or "environment"
    elif file:
        value, source = _MASK, file
    else:
        value, source = _default(field), "default"
    return {"name": name, "value": _masked(field, value), "from": source}


def _default(field: FieldInfo) -> str:
    value = field.default.get_secret_value() if isinstance(field.default, SecretStr) else field.default
    return "" if value is None or value == () else str(value)


def _masked(field: FieldInfo, value: str) -> str:
    """A value whose secret cannot be read; of an address, where it is may be."""
    if field.annotation is not SecretStr:
        return _PASSWORD.sub(f"://{_MASK}@", value)
    if not value or "://" not in value:
        return _MASK if value else ""
    parts = urlsplit(value)
    return f"{parts.scheme}://{_MASK}@{parts.netloc.rpartition('@')[2]}{parts.path}"  # a query may hold another secret


def _unknown(said: dict[str, str]) -> Iterator[str]:
    known = {name for group in (Settings, RemoteSettings) for name, _ in variables(group)}
    for name in sorted(said):
        if name.removesuffix("_FILE") in known or name.startswith(_OF_TESTS):
            continue
        near = get_close_matches(name.removesuffix("_FILE"), sorted(known), n=1)
        yield f"{name}: nobody reads it" + (f"; did you mean {near[0]}?" if near else "")
