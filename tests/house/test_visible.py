"""Nothing is visible but by the chokepoint: nobody else makes, alters or feigns a Visible."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from tests.house.sources import STOREYS, calls, dotted, sources

MAKER = "acl/chokepoint.py"
HOME = "acl/visible.py"
NAME = "Visible"
CHECKERS = {"isinstance", "issubclass"}


def spoken_of(tree: ast.Module) -> set[ast.AST]:
    """Every mention of Visible that only speaks of it: in an annotation, in brackets, or to check for it."""
    places: list[ast.AST | None] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            places.append(node.returns)
        elif isinstance(node, ast.arg | ast.AnnAssign):
            places.append(node.annotation)
        elif isinstance(node, ast.Subscript):
            places.append(node.slice)
        elif isinstance(node, ast.Call) and dotted(node.func) in CHECKERS:
            places.extend(node.args[1:])
    return {inner for place in places if place is not None for inner in ast.walk(place)}


def names_of_it(tree: ast.Module) -> set[str]:
    """What a file calls Visible, or the module it lives in."""
    found = {NAME}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            found |= {alias.asname for alias in node.names if alias.asname and NAME.lower() in alias.name.lower()}
    return found


def ways_to_one(tree: ast.Module) -> Iterator[str]:
    """Every piece of a file that could make a Visible, or change one, or only call something so."""
    names, harmless = names_of_it(tree), spoken_of(tree)
    for node in ast.walk(tree):
        named = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else None
        if named in names and node not in harmless:
            yield f"{getattr(node, 'lineno', 0)}: {named} itself"
    for name, call in calls(tree):
        yield from (f"{call.lineno}: {said}" for said in _said_by(name, call))


def _said_by(name: str, call: ast.Call) -> Iterator[str]:
    last = name.rpartition(".")[2]
    texts = [node.value for node in ast.walk(call) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    if last == "replace" and any(keyword.arg == "value" for keyword in call.keywords):
        yield "a replaced value"
    if last in {"cast", "getattr", "import_module", "__import__"}:
        kinds = [dotted(inner) for argument in call.args for inner in ast.walk(argument)]
        if any(NAME in text or "acl.visible" in text for text in (*texts, *kinds)):
            yield f"{last} of it"
    if isinstance(call.func, ast.Call) and dotted(call.func.func) == "type":
        yield "another of the same type"
    if last == "__setattr__" and "value" in texts:
        yield "a changed value"


def test_only_the_chokepoint_makes_visible() -> None:
    found = {
        source.path: ways
        for source in sources(*STOREYS)
        if source.path not in {MAKER, HOME} and (ways := list(ways_to_one(source.tree)))
    }
    assert found == {}


def test_the_chokepoint_does() -> None:
    (chokepoint,) = [source for source in sources("acl") if source.path == MAKER]
    assert [way for way in ways_to_one(chokepoint.tree) if way.endswith("itself")]


@pytest.mark.parametrize(
    "cheat",
    [
        "Visible(hit)",
        "Visible[Hit](hit)",
        "acl.visible.Visible(hit)",
        "from acl.visible import Visible as V\nV(hit)",
        "import acl.visible as seen\nseen.Visible(hit)",
        "from acl import visible as seen\nseen.Visible(hit)",
        "list(map(Visible, hits))",
        "make = Visible\nmake(hit)",
        "make = Visible[Hit]\nmake(hit)",
        "dataclasses.replace(seen, value=hit)",
        "replace(seen, value=hit)",
        "object.__new__(Visible)",
        "Visible.__new__(Visible)",
        "type(seen)(hit)",
        "object.__setattr__(seen, 'value', hit)",
        "class Mine(Visible[Hit]): ...",
        "cast('list[Visible[Hit]]', hits)",
        "cast(Visible[Hit], hit)",
        "cast(list[Visible[Hit]], hits)",
        "importlib.import_module('acl.visible')",
        "getattr(acl.visible, 'Visible')(hit)",
        "def show(kind=Visible): return kind(hit)",
    ],
)
def test_every_way_to_make_one_is_noticed(cheat: str) -> None:
    assert list(ways_to_one(ast.parse(cheat)))


@pytest.mark.parametrize(
    "honest",
    [
        "from acl.visible import Visible\ndef show(seen: Visible[Hit]) -> list[Visible[Hit]]: return [seen]",
        "Hits = list[Visible[Hit]]",
        "class HitRead(Revealing[Hit]): ...",
        "seen: list[Visible[Hit]] = []",
        "isinstance(seen, Visible)",
        "text.replace('a', 'b')",
        "replace(caller, scopes=None)",
        "cast('list[Hit]', hits)",
        "type(seen).__name__",
    ],
)
def test_to_speak_of_it_is_nothing_bad(honest: str) -> None:
    assert list(ways_to_one(ast.parse(honest))) == []
