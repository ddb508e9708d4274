"""The Dockerfile as instructions, stage by stage."""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import dataclass, field
from typing import Any

from tests.deploy.composition import ROOT


@dataclass(slots=True)
class Stage:
    """One stage: what it stands on, and its instructions in order."""

    base: str
    name: str
    instructions: list[tuple[str, str]] = field(default_factory=list)

    def all(self, word: str) -> list[str]:
        """What is said after one word, each time."""
        return [said for each, said in self.instructions if each == word]

    def last(self, word: str) -> Any:
        """What is said after one word, the last time; in the form of a list where it is one."""
        said = self.all(word)[-1]
        return json.loads(said) if said.startswith("[") else said

    def environment(self) -> dict[str, str]:
        """What it sets in the environment."""
        return dict(pair.split("=", 1) for said in self.all("ENV") for pair in shlex.split(said))

    def taken(self) -> list[str]:
        """What it copies out of the project."""
        copies = [said.split() for said in self.all("COPY") if not said.startswith("--from")]
        return [source for copy in copies for source in copy[:-1]]


def stages() -> list[Stage]:
    """Every stage of the image."""
    text = re.sub(r"^\s*#.*\n", "", (ROOT / "Dockerfile").read_text(encoding="utf-8"), flags=re.MULTILINE)
    found: list[Stage] = []
    for line in re.sub(r"\\\n\s*", " ", text).splitlines():
        word, _, said = line.partition(" ")
        if word == "FROM":
            base, _, name = said.partition(" AS ")
            found.append(Stage(base, name))
        elif word:
            found[-1].instructions.append((word, said))
    return found
