"""Deeds that have one home: committing, blocking, catching everything, reading the environment."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tests.house.sources import STOREYS, Source, calls, dotted, sources

BLOCKING = {
    "open": "read files on a thread",
    "time.sleep": "await asyncio.sleep",
    "subprocess.run": "asyncio.create_subprocess_exec",
    "subprocess.check_output": "asyncio.create_subprocess_exec",
    "subprocess.Popen": "asyncio.create_subprocess_exec",
    "os.system": "asyncio.create_subprocess_exec",
    "socket.getaddrinfo": "ask the loop",
    "socket.create_connection": "asyncio.open_connection",
    "urllib.request.urlopen": "httpx.AsyncClient",
    "httpx.Client": "httpx.AsyncClient",
    "sqlite3.connect": "a Lane",
    "create_engine": "a Lane",
    "shutil.rmtree": "a thread",
    "shutil.copyfile": "a thread",
}
BLOCKING_METHODS = {"read_text", "read_bytes", "write_text", "write_bytes", "unlink", "glob", "rglob", "iterdir"}
FILES = re.compile(r"(path|file|folder|home)\w*\.open$", re.IGNORECASE)
BLOCKING_MODULES = ("requests.", "shutil.")
CATCHING_ALL = {
    "acl/resolver.py": "whatever fails while deciding, nothing is shown",
    "app/http/open_streams.py": "the look at open streams must go on; a stream it could not check is ended",
    "app/drive/library.py": "one look at a folder that fails must not end the looking",
    "app/http/door.py": "the outermost room answers what nobody foresaw",
    "app/mcp/doing.py": "a tool that raises what nobody foresaw is said in our words, not the library's",
    "app/http/streaming.py": "a stream that has begun says its fault inside itself",
    "app/db/lane.py": "a fault is raised again where each question was asked",
    "app/accounting/ledger.py": "one booking that fails must not end the booking of the others",
    "app/inference/backends/embedded/minilm/worker.py": "a fault is raised again where each text was given",
    "indexing/extraction/reading.py": "whatever a library raises over a broken file is said of that file",
    "indexing/pipeline/shared_calls.py": "a fault is raised again where each text was given",
    "indexing/stores/embedded/gathering.py": "a fault is raised again where each chunk was given",
    "tasks/broker/queue.py": "whatever a broker's driver raises, a call to work is only late",
    "tasks/worker/process.py": "a platform that cannot be opened is said to whoever calls for work",
    "tasks/worker/doing.py": "a job that raises what nobody foresaw is tried again and then failed, with a code",
    "tasks/worker/rounds.py": "a round that fails must not end the others",
    "app/telemetry/health.py": "a part that cannot even be looked at is away",
}
COMMITTING = {"app/db/transaction.py"}
OUTSIDE_SESSIONS = {
    "app/backup/filling.py": "rows of a backup are put as they were, into a database nobody else has yet",
    "app/backup/target.py": "a database that is being filled says so before its rows, and is emptied table by table",
    "app/migrations/run.py": "Alembic works on a connection of its own",
    "indexing/stores/neo4j/client.py": "Neo4j has transactions of its own",
}


def on_the_loop(tree: ast.AST) -> Iterator[ast.Call]:
    """Every call made directly in a coroutine, not in a function within it that may run elsewhere."""
    for node in ast.walk(tree):
        if isinstance(node, ast.AsyncFunctionDef):
            yield from _calls_here(node)


def _calls_here(node: ast.AST) -> Iterator[ast.Call]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(child, ast.Call):
            yield child
        yield from _calls_here(child)


def blocks(call: ast.Call) -> bool:
    name = dotted(call.func)
    method = isinstance(call.func, ast.Attribute) and call.func.attr in BLOCKING_METHODS
    return name in BLOCKING or name.startswith(BLOCKING_MODULES) or method or bool(FILES.search(name))


def test_no_blocking_on_the_loop() -> None:
    found = [
        f"{source.path}:{call.lineno} {dotted(call.func)}"
        for source in sources(*STOREYS)
        for call in on_the_loop(source.tree)
        if blocks(call)
    ]
    assert found == []


def test_no_commit_outside_the_transaction() -> None:
    found = [
        f"{source.path}:{call.lineno}"
        for source in sources(*STOREYS)
        for name, call in calls(source.tree)
        if name.endswith(".commit") and source.path not in COMMITTING | set(OUTSIDE_SESSIONS)
    ]
    assert found == []


def catches_all(node: ast.ExceptHandler) -> bool:
    caught = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
    broad = any(each is None or dotted(each) in {"Exception", "BaseException"} for each in caught)
    reraises = isinstance(node.body[-1], ast.Raise) and node.body[-1].exc is None
    return broad and not reraises


def test_catching_everything_has_few_homes() -> None:
    found = {
        source.path
        for source in sources(*STOREYS)
        for node in ast.walk(source.tree)
        if isinstance(node, ast.ExceptHandler) and catches_all(node)
    }
    assert found <= set(CATCHING_ALL), found - set(CATCHING_ALL)


def reads_environment(source: Source) -> bool:
    used = {dotted(node) for node in ast.walk(source.tree) if isinstance(node, ast.Attribute)}
    imported = {
        alias.name
        for node in ast.walk(source.tree)
        if isinstance(node, ast.ImportFrom) and node.module == "os"
        for alias in node.names
    }
    return bool({"os.environ", "os.getenv", "os.putenv"} & used or {"environ", "getenv"} & imported)


READING_THE_ENVIRONMENT = {
    "app/settings.py": "every setting of the platform",
    "app/cli/stored.py": "a server and a key: pydantic takes longer to load than most commands to be answered",
    "app/cli/editing.py": "whose editor it is, which is no setting of ours",
    "app/sdk/address.py": "the same server and key, where no platform is",
}


def test_the_environment_is_read_in_few_places() -> None:
    found = {source.path for source in sources(*STOREYS) if reads_environment(source)}
    assert found == set(READING_THE_ENVIRONMENT)


def test_only_the_transaction_makes_sessions() -> None:
    makers = {"TenantSession", "AsyncSession", "Session", "async_sessionmaker", "sessionmaker"}
    found = {source.path for source in sources(*STOREYS) for name, _ in calls(source.tree) if name in makers}
    assert found == COMMITTING


def test_no_module_prints() -> None:
    found = {source.path for source in sources(*STOREYS) for name, _ in calls(source.tree) if name == "print"}
    assert found == set()
