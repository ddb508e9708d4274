"""Every small change of a file: a comparison turned, a condition fixed, a statement left out, a name mistaken."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

_TURNED: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
_OTHER: dict[type[ast.operator], type[ast.operator]] = {
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
}
_MISTAKEN = {"all": "any", "any": "all", "min": "max", "max": "min"}
_CONDITIONS = {"where", "and_", "or_"}  # calls whose every argument is one
_ROLES = {  # what becomes of anything in such a place
    "test": ("(True)", "(False)"),
    "ifs": ("(True)", "(False)"),
    "iter": ("()",),
    "decorator_list": ("(lambda made: made)",),
}
# With types in brackets.
_GENERIC = {"dict", "list", "set", "tuple", "frozenset", "defaultdict", "OrderedDict", "Mapping"}
_STATEMENTS = (ast.Expr, ast.AugAssign, ast.Raise, ast.Break, ast.Continue, ast.Delete)


@dataclass(frozen=True, slots=True)
class Mutant:
    """A file with one small change."""

    path: str
    line: int
    was: str  # the lines that change, as they are
    becomes: str
    text: str  # of the whole file


def mutants_of(path: str, text: str, siblings: dict[str, list[str]]) -> Iterator[Mutant]:
    """Make every mutant of a file; `siblings` are the members of each enumeration."""
    seen = {text}  # what changes nothing is no mutant
    for node, role in _alive(ast.parse(text)):
        for made in (*_ROLES.get(role, ()), *_made_of(node, siblings)):
            mutant = _replaced(path, text, node, made)
            if mutant is not None and mutant.text not in seen:
                seen.add(mutant.text)
                yield mutant


def enumerations(texts: list[str]) -> dict[str, list[str]]:
    """The members of every enumeration that some files declare."""
    found = {}
    for declared in (node for text in texts for node in ast.walk(ast.parse(text)) if isinstance(node, ast.ClassDef)):
        if {ast.unparse(base) for base in declared.bases} & {"StrEnum", "IntFlag", "IntEnum", "Enum"}:
            assigned = [part for part in declared.body if isinstance(part, ast.Assign)]
            found[declared.name] = [ast.unparse(part.targets[0]) for part in assigned]
    return found


def _alive(node: ast.AST) -> Iterator[tuple[ast.AST, str]]:
    """Everything that has a say when the program runs, and as what; not what is said to people."""
    for name, value in ast.iter_fields(node):
        if name in {"annotation", "returns"}:
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and not _is_idle(child):
                yield child, name
                yield from _alive(child)


def _is_idle(node: ast.AST) -> bool:
    if isinstance(node, ast.Name) and node.id == "dataclass":
        return True  # how values are stored
    if isinstance(node, ast.Expr):  # docstrings and log lines
        return isinstance(node.value, ast.Constant) or ast.unparse(node).startswith("log.")
    if isinstance(node, ast.Call):
        called = ast.unparse(node.func)
        return called in {"dataclass", "TypeVar", "cast", "structlog.get_logger"} or called.endswith("Fault")
    if isinstance(node, ast.Subscript) and ast.unparse(node.value) in _GENERIC:
        return True
    return isinstance(node, ast.Import | ast.ImportFrom | ast.JoinedStr)


def _made_of(node: ast.AST, siblings: dict[str, list[str]]) -> Iterator[str]:
    if isinstance(node, ast.stmt):
        yield from _statements(node)
    elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        others = siblings.get(node.value.id, [])
        if node.attr in others:
            yield f"{node.value.id}.{others[(others.index(node.attr) + 1) % len(others)]}"
    elif isinstance(node, ast.expr):
        maker = _EXPRESSIONS.get(type(node))
        for made in maker(node) if maker else ():
            yield f"({made if isinstance(made, str) else ast.unparse(made)})"


def _statements(node: ast.stmt) -> Iterator[str]:
    sets_part = isinstance(node, ast.Assign) and not isinstance(node.targets[0], ast.Name | ast.Tuple)
    if isinstance(node, _STATEMENTS) or sets_part:
        yield "pass"
    if isinstance(node, ast.Return) and node.value is not None:
        yield "return None"


def _compared(node: ast.Compare) -> Iterator[ast.AST]:
    for place, sign in enumerate(node.ops):
        for other in _TURNED[type(sign)]:
            made = deepcopy(node)
            made.ops[place] = other()
            yield made


def _joined(node: ast.BoolOp) -> Iterator[ast.AST]:
    yield ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values)
    if len(node.values) > 2:
        for left_out in node.values:
            yield ast.BoolOp(node.op, [value for value in node.values if value is not left_out])
    else:
        yield from node.values


def _calculated(node: ast.BinOp) -> Iterator[ast.AST]:
    if type(node.op) in _OTHER:
        yield ast.BinOp(node.left, _OTHER[type(node.op)](), node.right)
    if isinstance(node.op, ast.Sub):
        yield ast.BinOp(node.right, node.op, node.left)
    yield from (node.left, node.right)


def _turned(node: ast.UnaryOp) -> Iterator[ast.AST]:
    yield node.operand


def _constant(node: ast.Constant) -> Iterator[str]:
    if isinstance(node.value, bool):
        yield repr(not node.value)
    elif isinstance(node.value, int):
        yield repr(node.value + 1)
    elif isinstance(node.value, str):
        yield repr(f"{node.value}~")


def _called(node: ast.Call) -> Iterator[ast.AST]:
    name = node.func.attr if isinstance(node.func, ast.Attribute) else ast.unparse(node.func)
    if name in _MISTAKEN:
        yield ast.Call(ast.Name(_MISTAKEN[name]), node.args, node.keywords)
    if name in _CONDITIONS:
        for left_out in node.args:
            yield ast.Call(node.func, [one for one in node.args if one is not left_out], node.keywords)


def _listed(node: ast.Tuple | ast.List | ast.Set) -> Iterator[ast.AST]:
    if isinstance(getattr(node, "ctx", None), ast.Store):
        return
    for left_out in node.elts if len(node.elts) > 1 else ():
        yield type(node)([one for one in node.elts if one is not left_out])


def _chosen(node: ast.IfExp) -> Iterator[ast.AST]:
    yield from (node.body, node.orelse)


def _replaced(path: str, text: str, node: Any, made: str) -> Mutant | None:
    lines = text.encode().splitlines(keepends=True)
    first, last = node.lineno - 1, node.end_lineno
    before, after = lines[first][: node.col_offset], lines[last - 1][node.end_col_offset :]
    changed = (before + made.encode() + after).decode()
    whole = b"".join(lines[:first]).decode() + changed + b"".join(lines[last:]).decode()
    was = " ".join(b"".join(lines[first:last]).decode().split())
    return Mutant(path, node.lineno, was, " ".join(changed.split()), whole)


_EXPRESSIONS: dict[type[ast.expr], Callable[[Any], Iterator[ast.AST | str]]] = {
    ast.Compare: _compared,
    ast.BoolOp: _joined,
    ast.BinOp: _calculated,
    ast.UnaryOp: _turned,
    ast.Constant: _constant,
    ast.Call: _called,
    ast.IfExp: _chosen,
    ast.Tuple: _listed,
    ast.List: _listed,
    ast.Set: _listed,
}
