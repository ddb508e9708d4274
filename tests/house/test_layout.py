"""Where things live, how long they are, and what they are called."""

from __future__ import annotations

import ast
import re
import statistics

from tests.house.sources import BESIDE, ROOT, STOREYS, Source, configuration, definitions, sources

MOST_LINES, MEDIAN_LINES, NINE_IN_TEN_LINES = 400, 90, 220
BANNED = {
    "util", "utils", "helper", "helpers", "manager", "managers", "common", "misc", "core",
    "service", "services", "processor", "processors", "handler", "handlers",
}  # fmt: skip
TO_COME = {"tasks"}  # a folder that waits for its first job; the drawing will then say where it stands
GIVEN = {
    "get_route_handler": "FastAPI's, overridden",
    "Core": "the platform's own permissions are called so on the wire",
}


def layers() -> list[str]:
    """Every module the drawing names, dotted."""
    contracts = configuration()["tool"]["importlinter"]["contracts"]
    drawing = next(contract for contract in contracts if contract["type"] == "layers")
    return [name.strip() for layer in drawing["layers"] for name in re.split(r"[|:]", layer)]


def test_every_module_has_a_storey() -> None:
    rooms = layers()
    homeless = [
        source.module
        for source in sources(*STOREYS)
        if source.module != "app" and not any(f"{source.module}.".startswith(f"{room}.") for room in rooms)
    ]
    assert [module for module in homeless if module not in TO_COME] == []


def test_every_room_of_the_drawing_is_there() -> None:
    paths = [ROOT / room.replace(".", "/") for room in layers()]
    assert [str(path) for path in paths if not (path.is_dir() or path.with_suffix(".py").is_file())] == []


def test_files_stay_short() -> None:
    lengths = {source.path: len(source.text.splitlines()) for source in sources(*STOREYS, *BESIDE)}
    written = sorted(length for length in lengths.values() if length > 1)
    assert {path: length for path, length in lengths.items() if length > MOST_LINES} == {}
    assert statistics.median(written) <= MEDIAN_LINES
    assert written[len(written) * 9 // 10] <= NINE_IN_TEN_LINES


def words(name: str) -> set[str]:
    """The words of a snake_case or CamelCase name."""
    return {word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+", name)}


def names(source: Source) -> list[str]:
    """What a file calls itself and what is in it."""
    parts = source.path.removesuffix(".py")
    return [*parts.removeprefix("tests/services").split("/"), *(node.name for node in definitions(source.tree))]


def test_names_say_the_deed() -> None:
    vague = [
        f"{source.path}: {name}"
        for source in sources(*STOREYS, *BESIDE)
        for name in names(source)
        if words(name) & BANNED and name not in GIVEN and not name.startswith("test_")
    ]
    assert vague == []


def test_every_module_opens_with_what_it_is() -> None:
    silent = [
        source.path
        for source in sources(*STOREYS, *BESIDE)
        if source.text.strip() and not ast.get_docstring(source.tree)
    ]
    assert silent == []
