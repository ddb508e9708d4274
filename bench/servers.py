"""The servers under measurement, each a process of its own, and what they cost in processor time."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil

from bench.client import Target

STANDIN = "bench.standin"
KEY = "sgk_" + "b" * 40
_ROOT = Path(__file__).parent.parent


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def process(*command: str, port: int, **environment: str) -> Iterator[psutil.Process]:
    """Run a server until the block ends; ready once its port answers."""
    child = subprocess.Popen(
        command, cwd=_ROOT, env=os.environ | environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        wait_for(port, child)
        yield psutil.Process(child.pid)
    finally:
        child.terminate()
        child.wait(15)


def wait_for(port: int, child: subprocess.Popen[bytes]) -> None:
    """Wait until a port takes connections."""
    for _ in range(600):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        if child.poll() is not None:
            raise RuntimeError("a server ended before it answered")
        time.sleep(0.05)
    raise RuntimeError("a server did not answer in 30 s")


def cpu_seconds(server: psutil.Process) -> float:
    """Processor time a server has used, its children included."""
    family = [server, *server.children(recursive=True)]
    return sum(sum(member.cpu_times()[:2]) for member in family)


@contextmanager
def standin() -> Iterator[tuple[int, psutil.Process]]:
    """The backend everybody forwards to."""
    port = free_port()
    with process(sys.executable, "-m", STANDIN, str(port), port=port) as server:
        yield port, server


@contextmanager
def naive(backend: int) -> Iterator[tuple[Target, psutil.Process]]:
    """The pass-through."""
    port = free_port()
    with process(sys.executable, "-m", "bench.naive", str(port), f"http://127.0.0.1:{backend}", port=port) as server:
        yield Target("naive pass-through", port, "/v1/chat/completions", "stand-in"), server


@contextmanager
def bare_route() -> Iterator[Target]:
    """A search that has nothing to search."""
    port = free_port()
    with process(sys.executable, "-m", "bench.plain_search", str(port), port=port):
        yield Target("a bare route", port, "/search", "")


@contextmanager
def ours(backend: int) -> Iterator[tuple[Target, psutil.Process]]:
    """The platform on one process, with authentication, limits, a budget and accounting."""
    port = free_port()
    with tempfile.TemporaryDirectory() as home:
        environment = {
            "SCAIGRID_HOME": home,
            "SCAIGRID_PORT": str(port),
            "SCAIGRID_BOOTSTRAP_KEY": KEY,
            "SCAIGRID_DEMO": "0",
            "SCAIGRID_LOG_LEVEL": "warning",
        } | {f"SCAIGRID_RATE_{name}": "10000000" for name in ("KEY", "USER", "TENANT", "PARTNER")}
        with process(sys.executable, "-m", "app.cli", "serve", port=port, **environment) as server:
            asyncio.run(_set_up(f"http://127.0.0.1:{port}", backend))
            yield Target("ScaiGrid", port, "/oai/v1/chat/completions", "bench", KEY), server


async def _set_up(address: str, backend: int) -> None:
    headers = {"Authorization": f"Bearer {KEY}"}
    async with httpx.AsyncClient(base_url=address, headers=headers, timeout=30) as root:

        async def make(path: str, **body: object) -> str:
            answer = await root.post(path, json=body)
            answer.raise_for_status()
            return str(answer.json()["data"]["id"])

        provider = await make(
            "/v1/providers", name="bench", type="custom", base_url=f"http://127.0.0.1:{backend}/v1", api_key="x"
        )
        linked = await make("/v1/backends", provider_id=provider, upstream_model="stand-in", modality="chat")
        await make(
            "/v1/models",
            slug="bench",
            display_name="Bench",
            modality="chat",
            backends=[{"backend_id": linked, "priority": 0, "weight": 1}],
            input_price_per_mtok="1.5",
            output_price_per_mtok="6",
        )
        me = (await root.get("/v1/me")).json()["data"]
        await make(
            "/v1/accounting/budgets",
            scope="tenant",
            scope_id=me["tenant_id"],
            period="monthly",
            cost_limit="100000",
            hard_action="block",
        )


@contextmanager
def litellm(backend: int) -> Iterator[tuple[Target, psutil.Process] | None]:
    """The LiteLLM proxy, where it is installed."""
    program = shutil.which("litellm")
    if program is None:
        yield None
        return
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "config.yaml"
        config.write_text(
            "model_list:\n  - model_name: bench\n    litellm_params:\n      model: openai/stand-in\n"
            f"      api_base: http://127.0.0.1:{backend}/v1\n      api_key: x\n"
            "general_settings:\n  master_key: sk-bench\n"
        )
        command = (program, "--config", str(config), "--port", str(port), "--host", "127.0.0.1", "--num_workers", "1")
        with process(*command, port=port) as server:
            time.sleep(3)
            yield Target("LiteLLM proxy", port, "/v1/chat/completions", "bench", "sk-bench"), server
