"""Roof, command line: which server and whose key: from the environment, else as `scaigrid login` has kept them.

It is read here and not with the other settings: pydantic alone takes longer to load than most commands to be answered.
"""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

from app.errors import CannotStart

_ENVIRONMENT = os.environ  # noqa: TID251 - as above
URL, KEY = "SCAIGRID_URL", "SCAIGRID_API_KEY"


@dataclass(frozen=True, slots=True)
class Login:
    """A server and a key for it, and where they are from."""

    url: str | None
    key: str | None = field(repr=False)
    url_from: str
    key_from: str


def place() -> Path:
    """The file that keeps them."""
    folder = _ENVIRONMENT.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    return Path(folder) / "scaigrid" / "login.toml"


def login() -> Login:
    """What is in force: the environment wins; a kept key is only for the server it was kept with."""
    kept = _kept()
    url, key = _ENVIRONMENT.get(URL) or None, _ENVIRONMENT.get(KEY) or _from_file() or None
    for_it = url is None or url.rstrip("/") == kept.get("url")
    kept_key = kept.get("key") if for_it else None
    return Login(
        url or kept.get("url"),
        key or kept_key,
        URL if url else str(place()) if "url" in kept else "the default",
        KEY if key else str(place()) if kept_key else "nowhere",
    )


def keep(url: str, key: str) -> Path:
    """Keep them where nobody else reads them."""
    file = place()
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = file.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as written:
        written.write(f'url = "{url}"\nkey = "{key}"\n')
    fresh.replace(file)
    return file


def forget() -> bool:
    """Keep them no longer; says whether there was anything."""
    there = place().exists()
    place().unlink(missing_ok=True)
    return there


def _kept() -> dict[str, str]:
    try:
        read = tomllib.loads(place().read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError):
        raise CannotStart(f"{place()} cannot be read; `scaigrid login` writes it anew") from None
    return {name: value for name, value in read.items() if isinstance(value, str)}


def _from_file() -> str | None:
    named = _ENVIRONMENT.get(f"{KEY}_FILE")
    if not named:
        return None
    try:
        return Path(named).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise CannotStart(f"{KEY}_FILE: cannot read {named} ({error.strerror})") from None
