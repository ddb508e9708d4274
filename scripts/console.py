"""Builds the web console where npm is at hand, and remembers from what; the platform runs without it too."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

WEB = Path("app/console/web")
BUILT = Path("app/console/built")
FRESH = BUILT.with_name("built.new")
DESCRIPTION = Path("docs/reference/openapi.json")
MADE = {"node_modules", "schema.d.ts"}
OLDEST_NODE = (20, 19)
STAMP = ".stamp"


class NotBuilt(Exception):
    """Why there is no console; the platform needs none."""


def sources() -> Iterator[Path]:
    """Every file that the build is made from."""
    yield DESCRIPTION
    for folder, folders, files in os.walk(WEB):
        folders[:] = sorted(name for name in folders if name not in MADE)
        yield from (Path(folder, name) for name in sorted(files) if name not in MADE)


def fingerprint(paths: Iterator[Path]) -> str:
    """What must be equal for a build to be still the asked one."""
    seen = hashlib.sha256()
    for path in paths:
        seen.update(f"{path.as_posix()}\0".encode() + hashlib.sha256(path.read_bytes()).digest())
    return seen.hexdigest()


def stamped(folder: Path) -> str:
    """From what a folder was made; nothing where that was never finished."""
    stamp = folder / STAMP
    return stamp.read_text() if stamp.is_file() else ""


def npm(*command: str) -> None:
    """Run npm as it is configured here."""
    asked = ("npm", "--prefix", str(WEB), "--no-update-notifier", *command)
    if subprocess.run(asked, check=False, stdout=sys.stderr).returncode != 0:
        raise NotBuilt(f"`npm {command[0]}` failed; its reason is above")


def need_node() -> None:
    """See whether this machine can build."""
    if not shutil.which("npm") or not shutil.which("node"):
        raise NotBuilt("npm is not here (Node.js 20.19 or newer brings it)")
    said = subprocess.run(["node", "--version"], check=False, capture_output=True, text=True).stdout
    numbers = said.strip().removeprefix("v").split(".")[:2]
    if not all(number.isdecimal() for number in numbers) or tuple(map(int, numbers)) < OLDEST_NODE:
        raise NotBuilt(f"Node.js is {said.strip() or 'silent'}; it takes 20.19 or newer")


def ensure() -> None:
    """Bring the build to what its sources say; a finished one is put in place at once."""
    wanted = fingerprint(sources())
    if stamped(BUILT) == wanted:
        return
    need_node()
    packages = fingerprint(iter([WEB / "package.json", WEB / "package-lock.json", WEB / ".npmrc"]))
    if stamped(WEB / "node_modules") != packages:
        npm("ci", "--loglevel=error")
        (WEB / "node_modules" / STAMP).write_text(packages)
    print(f"Building the console into {BUILT}.", file=sys.stderr, flush=True)
    npm("run", "--silent", "build", "--", "--logLevel=warn", "--outDir", str(FRESH.absolute()))
    (FRESH / STAMP).write_text(wanted)
    shutil.rmtree(BUILT, ignore_errors=True)
    FRESH.replace(BUILT)


def main() -> None:
    """Build, or say in one line why not; --must makes that a failure."""
    with Path(".console.lock").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        try:
            ensure()
        except NotBuilt as reason:
            print(f"The console is not built: {reason}. `make console` tries again.", file=sys.stderr)
            sys.exit("--must" in sys.argv[1:])
        except KeyboardInterrupt:
            sys.exit(130)


if __name__ == "__main__":
    main()
