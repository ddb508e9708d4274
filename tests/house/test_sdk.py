"""The two halves of the SDK say the same, and nothing of the platform has to be there for it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from scripts.colours import halves
from tests.house.sources import ROOT

ALONE = """
import sys, scaigrid
from scaigrid import AsyncScaiGrid, ScaiGrid
assert "sgk_" not in repr(ScaiGrid("https://grid.example", "sgk_" + "s" * 40))
strange = {"app", "pydantic", "pydantic_settings", "sqlalchemy", "fastapi", "typer"} & set(sys.modules)
raise SystemExit(str(strange) if strange else 0)
"""


def test_the_blocking_half_is_made_of_the_other() -> None:
    changed = [path.name for path, text in halves().items() if path.read_text(encoding="utf-8") != text]
    assert changed == [], "the asynchronous half has changed since: make record"
    made = {path.name for path in (ROOT / "app/sdk/blocking").glob("*.py")} - {"__init__.py"}
    assert made == {path.name for path in halves()}


def test_it_stands_alone_under_its_own_name(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "app/sdk", tmp_path / "scaigrid", ignore=shutil.ignore_patterns("__pycache__"))
    around = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}  # noqa: TID251
    command = [sys.executable, "-P", "-c", f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n{ALONE}"]
    done = subprocess.run(command, cwd=tmp_path, env=around, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
