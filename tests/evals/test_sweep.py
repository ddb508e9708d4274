"""One command tries ways to cut and to search, says which is best and how surely, and draws it."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from defusedxml import ElementTree

from evals.cases import Asked, Cases, Text, read_cases
from evals.plot import plot
from evals.sweep_table import sweep_table
from evals.sweeping import Goal, Placed, Setup, Trial, placed, trial_key, tried
from tests.world.surroundings import surroundings

SETS = Path(__file__).parents[2] / "evals" / "sets"
CASES = Cases(
    'two <harbours> & "more"',
    (Text("a", "A", "a"), Text("b", "B", "b")),
    tuple(Asked(f"q{number}", "?") for number in range(40)),
    {f"q{number}": {"a": 1} for number in range(40)},
)


def trial(strategy: str, size: int, way: str, wrong: int) -> Trial:
    """One that puts the right document first for all questions but so many, and second for these."""
    rankings = {f"q{number}": ["b", "a"] if number < wrong else ["a", "b"] for number in range(40)}
    return tried(Setup(strategy, size, 50, way), CASES, rankings)


def names(found: Sequence[Placed], goal: Goal = Goal.MRR_10) -> dict[str, tuple[bool, bool]]:
    return {one.trial.setup.strategy: (one.is_best, one.behind) for one in found}


def test_each_question_is_reckoned_and_those_without_a_ranking_found_nothing() -> None:
    found = tried(Setup("fixed", 128, 50, "vector"), CASES, {"q1": ["b", "a"], "q2": ["a"]})
    assert (found.scores["mrr@10"]["q1"], found.scores["mrr@10"]["q2"], found.scores["mrr@10"]["q3"]) == (0.5, 1.0, 0.0)
    estimate = found.estimates["mrr@10"]
    assert (estimate.n, estimate.value) == (40, 1.5 / 40)
    assert Trial.read(json.loads(json.dumps(found.written()))) == found


def test_the_best_is_marked_and_so_is_who_may_be_as_good() -> None:
    trials = [trial("worst", 128, "vector", 30), trial("best", 128, "vector", 1), trial("near", 128, "vector", 2)]
    assert names(placed(trials, Goal.MRR_10)) == {"worst": (False, True), "best": (True, False), "near": (False, False)}
    equal = placed([trial("one", 128, "vector", 3), trial("other", 128, "vector", 3)], Goal.MRR_10)
    assert names(equal) == {"one": (True, False), "other": (False, False)}
    assert placed([], Goal.MRR_10) == []


def test_a_table_names_the_best() -> None:
    found = placed([trial("paragraph", 128, "vector", 30), trial("fixed", 256, "hybrid", 1)], Goal.MRR_10)
    lines = sweep_table(CASES, found, Goal.MRR_10).splitlines()
    assert lines[2].split()[:3] == ["tokens", "search", "mrr@10"]
    assert lines[3].startswith("  paragraph")
    assert lines[4].startswith("* fixed")
    assert "0.988" in lines[4]


def test_a_plot_is_whole_says_everything_in_words_and_asks_nobody_for_anything() -> None:
    trials = [
        trial(strategy, size, way, random.Random(f"{strategy}{size}{way}").randrange(20))
        for strategy in ("paragraph", "fixed", "semantic", "markdown", "code")
        for size in (128, 256, 512)
        for way in ("vector", "keyword", "hybrid")
    ]
    drawn = plot(CASES.name, placed(trials, Goal.NDCG_10), Goal.NDCG_10)
    root = ElementTree.fromstring(drawn)
    space = "{http://www.w3.org/2000/svg}"
    assert (root.tag, root.get("role"), root.get("aria-labelledby")) == (f"{space}svg", "img", "title words")
    words = root.findtext(f"{space}desc")
    assert words is not None
    assert words.count("tokens") == 45
    assert words.count("the best") == 1
    assert root.findtext(f"{space}title") == f"ndcg@10 on {CASES.name}"
    assert len(root.findall(f"{space}g")) == 45 + 5  # a point each, and the legend
    assert len({line.get("stroke-dasharray") for line in root.iter(f"{space}polyline")}) == 5
    _, _, width, height = map(float, root.get("viewBox", "").split())
    for circle in root.iter(f"{space}circle"):
        assert 0 < float(circle.get("cx", "")) < width
        assert 0 < float(circle.get("cy", "")) < height
    assert len(list(root.iter(f"{space}circle"))) == 1
    assert "nan" not in drawn
    assert drawn.replace("http://www.w3.org/2000/svg", "").count("://") == 0


def test_a_plot_of_nothing_says_so() -> None:
    root = ElementTree.fromstring(plot("nothing", [], Goal.NDCG_10))
    assert root.findtext("{http://www.w3.org/2000/svg}desc") == "Nothing was tried."


def test_a_result_is_known_again_by_all_that_it_depends_on() -> None:
    cases, setup = read_cases(SETS / "hohenlinden"), Setup("fixed", 128, 50, "vector")
    assert trial_key(cases, setup) == trial_key(read_cases(SETS / "hohenlinden"), setup)
    others = [Setup("fixed", 128, 49, "vector"), Setup("fixed", 128, 50, "hybrid")]
    keys = {trial_key(cases, one) for one in (setup, *others)} | {trial_key(CASES, setup)}
    assert len(keys) == 4


def swept(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Type the command; whatever is set around it, it works in a folder of its own."""
    command = [sys.executable, "-m", "app.cli", "evals", "sweep", *arguments]
    return subprocess.run(command, env=surroundings(), capture_output=True, text=True, check=False)


@pytest.mark.sqlite
@pytest.mark.slow  # forty documents are indexed twice by the way every document goes
def test_a_set_is_swept_and_what_is_known_is_not_tried_again(tmp_path: Path) -> None:
    kept, drawn = tmp_path / "kept.jsonl", tmp_path / "plot.svg"
    options = (str(SETS / "hohenlinden"), "--types", "keyword,hybrid", "--keep", str(kept), "--json")
    first = swept(*options, "--strategies", "paragraph", "--sizes", "128")
    assert first.returncode == 0, first.stderr
    assert first.stderr.count("indexing 40 documents") == 1
    kept.write_text(kept.read_text() + '\n{"key": "broken o', encoding="utf-8")  # as a kill leaves it
    both = swept(*options, "--strategies", "paragraph,fixed", "--sizes", "128", "--plot", str(drawn))
    assert both.returncode == 0, both.stderr
    assert both.stderr.count("paragraph") == 0
    found: list[dict[str, Any]] = json.loads(both.stdout)
    assert [(one["strategy"], one["way"]) for one in found] == [
        ("paragraph", "keyword"),
        ("paragraph", "hybrid"),
        ("fixed", "keyword"),
        ("fixed", "hybrid"),
    ]
    assert json.loads(first.stdout)[0]["estimates"] == found[0]["estimates"]
    assert [one["best"] for one in found].count(True) == 1
    assert max(found, key=lambda one: one["estimates"]["ndcg@10"]["value"])["way"] == "hybrid"
    assert ElementTree.parse(drawn).getroot().tag.endswith("svg")


@pytest.mark.parametrize(
    "wrong",
    [
        ("--strategies", "guess"),
        ("--strategies", ","),
        ("--sizes", "many"),
        ("--sizes", "10"),
        ("--sizes", "40000"),
        ("--types", "graph"),
        ("--by", "luck"),
    ],
)
def test_what_cannot_be_tried_is_one_sentence(wrong: tuple[str, str]) -> None:
    done = swept(str(SETS / "hohenlinden"), *wrong)
    assert done.returncode == 2, done.stdout
    assert "Traceback" not in done.stderr
