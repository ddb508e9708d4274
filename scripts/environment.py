"""Makes .venv from a hash-checked lock and remembers it, so the next call has nothing to do."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

VENV = Path(".venv")
STAMP = VENV / "stamp.json"
INSIDE = str(VENV / "bin" / "python")
# Beside a .venv the running interpreter may be the one inside it; a rebuild needs the one underneath.
NAME = f"python{sys.version_info.major}.{sys.version_info.minor}"
BASE = str(Path(sys.base_prefix) / "bin" / NAME)
VENV_PACKAGE = f"{NAME}-venv"
WHOLE = "import venv, ensurepip; ensurepip.version()"  # Debian leaves parts out
PIP_THAT_REACHES_IN = (22, 3)  # the first with --python


def lock_of(kind: str) -> Path:
    """Where the lock of one kind of environment lives."""
    return Path("requirements") / f"{kind}.txt"


def fingerprint(kind: str) -> str:
    """What must be equal for an installed environment to still be the asked one."""
    return hashlib.sha256(sys.version.encode() + lock_of(kind).read_bytes()).hexdigest()


def installed() -> dict[str, str]:
    """The kinds that were installed to the end and are still as their locks say."""
    try:
        stamp: dict[str, str] = json.loads(STAMP.read_text())
    except (OSError, ValueError):
        return {}
    return {kind: seen for kind, seen in stamp.items() if lock_of(kind).is_file() and seen == fingerprint(kind)}


def succeeds(*command: str) -> bool:
    """Run a command in the open and tell whether it went well."""
    return subprocess.run(command, check=False).returncode == 0


def runs(python: str, statement: str) -> bool:
    """Tell quietly whether an interpreter can run a statement."""
    return subprocess.run([python, "-c", statement], check=False, capture_output=True).returncode == 0


def outer_pip_reaches_in() -> bool:
    """Whether the base interpreter has a pip that can install into another environment."""
    asked = subprocess.run([BASE, "-m", "pip", "--version"], check=False, capture_output=True, text=True)
    if asked.returncode != 0:
        return False
    major, minor = asked.stdout.split()[1].split(".")[:2]
    return (int(major), int(minor)) >= PIP_THAT_REACHES_IN


def fetch_ensurepip() -> bool:
    """Let Debian's package manager add what Debian left out of its Python."""
    if os.geteuid() != 0 or not shutil.which("apt-get") or not BASE.startswith("/usr/bin/"):
        return False
    print(f"{BASE} has neither ensurepip nor pip; installing {VENV_PACKAGE} with apt-get.", flush=True)
    apt = ("apt-get", "-qq", "-y", "-o", "DPkg::Lock::Timeout=300", "-o", "Dpkg::Use-Pty=0")
    succeeds(*apt, "update")
    return succeeds(*apt, "install", "--no-install-recommends", VENV_PACKAGE) and runs(BASE, WHOLE)


def make_venv() -> None:
    """Start .venv afresh, with a pip inside or with one outside that reaches in."""
    options: tuple[str, ...] = ()
    if not runs(BASE, WHOLE):
        if runs(BASE, "import venv") and outer_pip_reaches_in():
            options = ("--without-pip",)
        elif not fetch_ensurepip():
            sys.exit(f"{BASE} has neither ensurepip nor pip: install them (Debian: apt-get install {VENV_PACKAGE}).")
    if not succeeds(BASE, "-m", "venv", "--clear", *options, str(VENV)):
        sys.exit(f"{BASE} could not make {VENV}; its reason is above.")


def install(kind: str) -> None:
    """Install one lock, exactly and with every hash checked."""
    print(f"Installing {lock_of(kind)} into {VENV} (Python {sys.version.split()[0]}).", flush=True)
    pip = (INSIDE, "-I", "-m", "pip") if runs(INSIDE, "import pip") else (BASE, "-m", "pip", "--python", INSIDE)
    if not succeeds(*pip, "install", "--quiet", "--no-deps", "--require-hashes", "-r", str(lock_of(kind))):
        sys.exit(f"{lock_of(kind)} could not be installed; pip's reason is above.")


def ensure(kind: str) -> None:
    """Bring .venv to the state its lock describes, and write the stamp only when that is true."""
    done = installed()
    if kind in done:
        return
    if not done:
        make_venv()
    wanted = fingerprint(kind)
    STAMP.unlink(missing_ok=True)
    install(kind)
    fresh = STAMP.with_suffix(".new")
    fresh.write_text(json.dumps({**done, kind: wanted}))
    fresh.replace(STAMP)


def main() -> None:
    """Take the turn, so that two calls at once do not build over each other."""
    if len(sys.argv) != 2 or not lock_of(sys.argv[1]).is_file():
        sys.exit("usage: scripts/environment runtime|dev")
    with Path(".venv.lock").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        try:
            ensure(sys.argv[1])
        except KeyboardInterrupt:
            sys.exit(130)


if __name__ == "__main__":
    main()
