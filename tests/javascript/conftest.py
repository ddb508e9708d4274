"""The official JavaScript client, installed once as its lock says; where that cannot be, one line says why."""

from __future__ import annotations

import fcntl
import re
import subprocess
from collections.abc import Generator
from pathlib import Path

import pytest

from scripts.console import NotBuilt, fingerprint, need_node, stamped

HERE = Path(__file__).parent
LOCK, STAMP = HERE / "package-lock.json", HERE / "node_modules/.stamp"
INSTALL = ("npm", "ci", "--ignore-scripts", "--no-update-notifier", "--loglevel=error", "--prefer-offline")
BRIEFLY = ("--fetch-retries=1", "--fetch-retry-mintimeout=1000", "--fetch-timeout=30000")
CODE = re.compile(r"^npm (?:error|ERR!) code (\S+)$", re.MULTILINE)
AWAY = re.compile(
    r"ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ENOTCACHED|E40[347]|E5\d\d"
    r"|ERR_SOCKET_TIMEOUT|EIDLETIMEOUT"
)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Say the reason to skip from one place, so that it is one line for all tests."""
    report = yield
    if report.skipped and isinstance(report.longrepr, tuple):
        report.longrepr = (str(HERE), 0, report.longrepr[2])
    return report


@pytest.fixture(scope="session")
def script() -> Path:
    """What calls the platform, its client beside it."""
    try:
        need_node()
    except NotBuilt as reason:
        pytest.skip(f"the JavaScript client is not tried: {reason}")
    with LOCK.open() as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)  # several processes may run these tests
        _ensure()
    return HERE / "calls.mjs"


def _ensure() -> None:
    wanted = fingerprint(iter([HERE / "package.json", LOCK]))
    if stamped(STAMP.parent) == wanted:
        return
    done = subprocess.run([*INSTALL, *BRIEFLY], cwd=HERE, check=False, capture_output=True, text=True)
    if done.returncode:
        code = CODE.search(done.stderr)
        if code and AWAY.fullmatch(code[1]):
            pytest.skip(f"the JavaScript client is not tried: npm's registry does not give it ({code[1]})")
        pytest.fail(f"the JavaScript client cannot be installed from its lock:\n{done.stderr}")
    STAMP.write_text(wanted)
