"""Sets are read as they are commonly written, and what cannot be measured is refused in one sentence."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from evals.cases import SetUnreadable, read_cases

SETS = Path(__file__).parents[2] / "evals" / "sets"


def write(folder: Path, judged: str = "query-id\tcorpus-id\tscore\nq1\td1\t1\n", **more: str) -> Path:
    corpus = [{"_id": "d1", "title": "T", "text": "one"}, {"_id": "d2", "text": "two"}]
    queries = [{"_id": "q1", "text": "?"}, {"_id": "q2", "text": "??", "metadata": {"kind": "none"}}]
    for name, rows in (("corpus", corpus), ("queries", queries)):
        said = more.get(name) or "\n".join(map(json.dumps, rows))
        (folder / f"{name}.jsonl").write_text(said)
    (folder / "qrels.tsv").write_text(judged)
    return folder


def test_a_set_is_read(tmp_path: Path) -> None:
    cases = read_cases(write(tmp_path))
    assert [(text.id, text.title, text.text) for text in cases.documents] == [("d1", "T", "one"), ("d2", "", "two")]
    assert cases.judged == {"q1": {"d1": 1}}
    assert [asked.kind for asked in cases.unanswerable] == ["none"]


def test_judgements_may_stand_where_they_often_do(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "qrels").mkdir()
    (tmp_path / "qrels.tsv").rename(tmp_path / "qrels" / "test.tsv")
    assert read_cases(tmp_path).judged == {"q1": {"d1": 1}}


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"judged": "q1\td9\t1\n"}, "'d9' is judged"),
        ({"judged": "q1 d1 1\n"}, "line 1"),
        ({"judged": "q1\td1\tgood\n"}, "line 1"),
        ({"corpus": "{"}, "line 1"),
        ({"corpus": "[]"}, "no JSON object"),
        ({"corpus": '{"_id": "d1"}'}, "without 'text'"),
        ({"corpus": '{"_id": "d1", "text": "a"}\n{"_id": "d1", "text": "b"}'}, "the same id"),
    ],
)
def test_what_cannot_be_measured_is_refused(tmp_path: Path, wrong: dict[str, str], said: str) -> None:
    with pytest.raises(SetUnreadable, match=said):
        read_cases(write(tmp_path, **wrong))
    with pytest.raises(SetUnreadable, match="cannot be read"):
        read_cases(tmp_path / "nowhere")


@pytest.mark.parametrize("name", ["port_alder", "hohenlinden"])
def test_the_sets_that_ship_are_whole(name: str) -> None:
    cases = read_cases(SETS / name)
    kinds = {asked.id: asked.kind for asked in cases.questions}
    assert {id_ for id_, kind in kinds.items() if kind == "none"} == {asked.id for asked in cases.unanswerable}
    assert len({text.text for text in cases.documents}) == len(cases.documents)
    assert f"| `{name}` |" in (SETS / "README.md").read_text()
