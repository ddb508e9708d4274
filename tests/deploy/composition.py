"""compose.yml as `docker compose` would read it: with what .env.example chooses and `make secrets` draws."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
INSIDE = "/run/secrets/"
_CHOICE = re.compile(r"(?<!\$)\$\{([A-Z_0-9]+)\}")


def choices(text: str) -> dict[str, str]:
    """The lines NAME=value of a file."""
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines)


def left_to_choose(text: str) -> set[str]:
    """The names that compose.yml takes from .env."""
    return set(_CHOICE.findall(text))


@dataclass(frozen=True, slots=True)
class Composition:
    """The composition, and the folder that its secrets were drawn into."""

    services: Mapping[str, Any]
    whole: Mapping[str, Any]
    folder: Path

    @classmethod
    def drawn(cls, folder: Path) -> Composition:
        """Read it as in a folder of its own, where everything is made anew."""
        for name in ("compose.yml", ".env.example"):
            (folder / name).write_text((ROOT / name).read_text(encoding="utf-8"), encoding="utf-8")
        subprocess.run([sys.executable, ROOT / "scripts/make_secrets.py", folder], check=True, capture_output=True)
        chosen = choices((folder / ".env").read_text(encoding="utf-8"))
        text = _CHOICE.sub(lambda found: chosen[found[1]], (folder / "compose.yml").read_text(encoding="utf-8"))
        whole = yaml.safe_load(text.replace("$$", "$"))
        return cls(whole["services"], whole, folder)

    def ours(self) -> dict[str, Any]:
        """The services that run the platform's own image."""
        image = self.services["web"]["image"]
        return {name: service for name, service in self.services.items() if service["image"] == image}

    def environment(self, service: str) -> dict[str, str]:
        """What a service of ours is told, with secrets where they are on this machine."""
        given = {name: str(value) for name, value in self.services[service]["environment"].items()}
        mounted = {f"{INSIDE}{name}": self.folder / self.whole["secrets"][name]["file"] for name in self.held(service)}
        return {name: str(mounted.get(value, value)) for name, value in given.items()}

    def held(self, service: str) -> set[str]:
        """The secrets that a service may read."""
        return set(self.services[service].get("secrets", ()))
