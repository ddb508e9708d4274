"""What is imported late is imported by one thread at a time; otherwise modules in circles reach others half made."""

from __future__ import annotations

import ast
import asyncio
import sys
from collections.abc import Iterator

from tests.house.sources import ROOT, STOREYS, sources

THREE_WAYS_TO_ONE_LIBRARY = """
import threading
from indexing.chunking.strategies import _plain, Strategy
from indexing.pipeline.graph_model import _extractor
from indexing.stores.weaviate.store import _driver
from rag.strategies.choosing import _LOADED_LATE, _load

looking = [lambda named=named: _load(*named) for named in _LOADED_LATE.values()]
deeds = [lambda: _plain(Strategy.CODE), _extractor, _driver, *looking] * 2
together, faults = threading.Barrier(len(deeds)), []

def load(deed):
    together.wait()
    try:
        deed()
    except Exception as error:
        faults.append(error)

threads = [threading.Thread(target=load, args=[deed]) for deed in deeds]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
raise SystemExit(str(faults) if faults else 0)
"""


def late(node: ast.AST, held: bool = False) -> Iterator[int]:
    """The lines of a function's imports of ours that nothing holds others back from."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.ImportFrom) and (child.module or "").split(".")[0] in STOREYS and not held:
            yield child.lineno
        yield from late(child, held or (isinstance(child, ast.With) and "loading()" in ast.unparse(child.items[0])))


def test_no_function_imports_without_holding_others_back() -> None:
    found = []
    for source in sources(*STOREYS):
        if source.path.startswith("app/cli/"):  # a command is one thread until it has loaded what it needs
            continue
        functions = (node for node in ast.walk(source.tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
        found += [f"{source.path}:{line}" for node in functions for line in late(node)]
    assert found == []


async def test_threads_that_come_to_one_library_by_different_ways_all_get_it_whole() -> None:
    code = ("-c", THREE_WAYS_TO_ONE_LIBRARY)
    loaded = await asyncio.create_subprocess_exec(sys.executable, *code, cwd=ROOT, stderr=asyncio.subprocess.PIPE)
    _, said = await loaded.communicate()
    assert loaded.returncode == 0, said.decode()
