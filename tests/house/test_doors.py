"""The doors carry what the rooms below let out; they reach into no store and no table of content themselves."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.house.sources import ROOT, sources

DOORS = ("app/http", "app/cli", "app/mcp", "app/console", "app/demo", "tasks")
# Where content lies, and what decisions are made of: whoever reads these decides for themselves what is shown.
INSIDE = re.compile(
    r"(indexing|rag)(\.\w+)*\.(tables|queries|stores|embedded|weaviate|neo4j|s3)\b"
    r"|acl\.(evaluate|loading|memory|subjects|facts\.Subject)\b"
    r"|llama_index\b"
)
CONTENT_TABLES = re.compile(r"\bmod_scai(matrix|persona)_\w+")


def reaching(tree: ast.Module) -> Iterator[str]:
    """Everything in a file that reaches past the rooms."""
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from (found[0] for found in CONTENT_TABLES.finditer(node.value))
        yield from (name for name in names if INSIDE.match(name))


def test_no_door_reaches_into_stores_or_tables_of_content() -> None:
    found = {source.path: named for source in sources(*_there()) if (named := list(reaching(source.tree)))}
    assert found == {}


def _there() -> list[str]:
    return [folder for folder in DOORS if (ROOT / folder).is_dir()]


@pytest.mark.parametrize(
    "cheat",
    [
        "from indexing.stores.vectors import VectorStore",
        "from indexing.stores import vectors",
        "import indexing.documents.tables",
        "from indexing.documents.tables import Document",
        "from indexing.documents import queries",
        "from rag.personas.tables import Persona",
        "from acl.loading import read_resources",
        "from acl.evaluate import evaluate",
        "import llama_index.core",
        "session.execute(text('SELECT content FROM mod_scaimatrix_chunks'))",
    ],
)
def test_every_reach_is_noticed(cheat: str) -> None:
    assert list(reaching(ast.parse(cheat)))


@pytest.mark.parametrize(
    "honest", ["from acl.requiring import require_access", "from rag.search import CollectionSearch", "import indexing"]
)
def test_the_rooms_themselves_are_for_the_doors(honest: str) -> None:
    assert list(reaching(ast.parse(honest))) == []


STARTED = """
import sys
from app.cli.main import cli
from app.http.application import assemble
from app.serving import ROUTERS, prepare
from app.wiring import open_platform
assemble(lambda: None, ROUTERS).openapi()
print(*sorted({name.partition(".")[0] for name in sys.modules}))
"""


def test_what_starts_and_serves_does_not_load_llamaindex() -> None:
    """Loading it takes a second and 100 MB: who retrieves by it pays for that, nobody else."""
    done = subprocess.run([sys.executable, "-c", STARTED], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert {"fastapi", "acl"} <= loaded
    assert not {"llama_index", "nltk", "tiktoken", "weaviate", "grpc", "neo4j", "mcp", "mcp_types"} & loaded
