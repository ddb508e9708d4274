"""Makes the blocking half of the SDK of the asynchronous one, in the same words; `make record` runs it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

_HERE = Path(__file__).parents[1] / "app/sdk"
_HEAD = "# Made of the module of the same name in `aio` by scripts/colours.py; change that one.\n"
_WORDS = (
    (r"\basync (def|for|with)\b", r"\1"),
    (r"\bawait ", ""),
    (r"\bAsyncGenerator\b", "Generator"),
    (r"Generator\[(\w+), None\]", r"Generator[\1, None, None]"),
    (r"\bAsync(ScaiGrid|Client)\b", r"\1"),
    (r"\b__a(enter|exit|iter|next)__\b", r"__\1__"),
    (r"\ba(close|read|iter_lines|iter_bytes)\b", r"\1"),
    (r"\baclosing\b", "closing"),
    (r"\basyncio\b", "time"),
)


def blocking(text: str) -> str:
    """A module in the other colour."""
    for pattern, word in _WORDS:
        text = re.sub(pattern, word, text)
    return text


def halves() -> dict[Path, str]:
    """Every module of the blocking half, as it is to be."""
    made = {path.name: _HEAD + blocking(path.read_text(encoding="utf-8")) for path in (_HERE / "aio").glob("*.py")}
    made.pop("__init__.py")
    return {_HERE / "blocking" / name: _formatted(text) for name, text in sorted(made.items())}


def _formatted(text: str) -> str:
    """The same, its imports in order and its lines as long as they are to be."""
    for deed in (("check", "--select", "I", "--fix", "--quiet"), ("format",)):
        ruff = (sys.executable, "-m", "ruff", *deed, "--stdin-filename", str(_HERE / "blocking" / "made.py"), "-")
        text = subprocess.run(ruff, input=text, capture_output=True, text=True, check=True).stdout
    return text


def main() -> None:
    """Write all of it."""
    for path, text in halves().items():
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
