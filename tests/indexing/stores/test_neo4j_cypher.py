"""Every text that Neo4j is asked or told names tenant and collection in every pattern, and this reads every one."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from indexing.stores.neo4j import commands, layout, questions
from indexing.stores.neo4j.cypher import cypher

ROOM = Path(commands.__file__).parent
TEXTS = {
    f"{module.__name__.rpartition('.')[2]}.{name}": text
    for module in (questions, commands)
    for name, text in vars(module).items()
    if isinstance(text, str) and name.isupper() and not name.startswith("_")
}
OWN = "tenant: $tenant, collection: $collection"
PATTERN = re.compile(r"(?<!\w)\((\w*)(?:(:\w+)(?: \{([^}]*)\})?)?\)")  # a node: not `count(t)`, not `(a AND b)`
STRANGE = re.compile(r"\(\w*\s*\{|:\w+[:|&]\w|\bLOAD\b|\bUSE\b|\bCALL\b(?! \(\w+\) \{)|\bapoc\b")
HINT = re.compile(r"\bUSING INDEX SEEK \w+:\w+\([^)]*\)")
CYPHER = re.compile(r"\b(MATCH|MERGE|UNWIND|DETACH|FOREACH|CALL|CREATE)\b")


def faults(text: str) -> list[str]:
    """What a text reaches without saying whose it is."""
    text = HINT.sub("", text)
    found, known = STRANGE.findall(re.sub(r"\[:FROM\|TO\]", "[:TIES]", text)), set()
    for name, label, properties in PATTERN.findall(text):
        if label:
            known.add(name)
        if not (properties.startswith(OWN) if label else name in known):
            found.append(f"({name}{label})")
    labels = len(re.findall(r"(?<!\[):[A-Z]\w+", re.sub(r"\[\w*:[^\]]*\]", "[]", text)))
    return found + ["a label outside a pattern"] * (labels != len([one for one in PATTERN.findall(text) if one[1]]))


@pytest.mark.parametrize("name", TEXTS)
def test_every_pattern_names_tenant_and_collection(name: str) -> None:
    assert faults(TEXTS[name]) == []
    assert OWN in TEXTS[name]


@pytest.mark.parametrize(
    "text",
    [
        "MATCH (t:ScaiThing {key: $key}) RETURN t",
        "MATCH (t:ScaiThing) WHERE t.tenant = $tenant RETURN t",
        "MATCH (t:ScaiThing {$own})--(o:ScaiThing) RETURN o",
        "MATCH (t:ScaiThing {$own})-->(o) RETURN o",
        "MATCH (t:ScaiThing {$own})-[:TO]->() RETURN count(t)",
        "MATCH (t:ScaiThing {$own}) WHERE EXISTS { MATCH (o) } RETURN t",
        "MATCH (t:ScaiThing {tenant: $tenant, key: $key}) RETURN t",
        "MATCH (t:ScaiThing {$own}), ({key: $key}) RETURN t",
        "MATCH (t:ScaiThing {$own}) WHERE t:ScaiTie RETURN t",
        "CALL apoc.meta.data()",
        "CALL db.labels() YIELD label RETURN label",
    ],
)
def test_a_text_that_reaches_further_is_noticed(text: str) -> None:
    assert faults(text.replace("$own", OWN))


def test_no_text_is_anywhere_else() -> None:
    read = {"questions.py", "commands.py", "layout.py"}
    for path in ROOM.glob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        written = [
            node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)
        ]
        assert path.name in read or not [text for text in written if CYPHER.search(text)], path.name


def test_the_layout_holds_nobodys_facts() -> None:
    """What is made once for all is constraints, indexes and the note of their version."""
    assert all(re.match(r"CREATE (CONSTRAINT|INDEX) scai_\w+ IF NOT EXISTS\s", text) for text in layout.MAKE)
    for text in (layout.NOTED, layout.NOTE):
        assert re.findall(r"\((\w*:\w+)", text) == ["v:ScaiLayout"]


def test_what_a_caller_says_is_never_part_of_a_text() -> None:
    for path in ROOM.glob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            if isinstance(call.func, ast.Name) and call.func.id == "cypher":
                assert not [node for node in ast.walk(call) if isinstance(node, ast.JoinedStr | ast.FormattedValue)]


def test_the_marks_of_a_text_are_replaced() -> None:
    text = cypher("MATCH (s:ScaiSource {$own, $this}) WHERE $in_scope RETURN s")
    assert OWN in text
    assert not re.search(r"\$(own|this|in_scope)\b", text)
    assert all(not re.search(r"\$(own|this|in_scope)\b", text) for text in TEXTS.values())
