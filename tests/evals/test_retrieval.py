"""On the sets that ship, both ways together are better than either alone, and sure answers are surer."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.world.surroundings import surroundings

SETS = Path(__file__).parents[2] / "evals" / "sets"

pytestmark = [pytest.mark.sqlite, pytest.mark.slow]  # some hundred documents are indexed by the way every document goes


def measured(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Type the command; whatever is set around it, it works in a folder of its own."""
    return subprocess.run(
        [sys.executable, "-m", "app.cli", "evals", "retrieval", *arguments],
        env=surroundings(WEAVIATE_URL="http://127.0.0.1:9", DEMO="1"),
        capture_output=True,
        text=True,
        check=False,
    )


def by_way(name: str) -> dict[str, dict[str, Any]]:
    done = measured(str(SETS / name), "--json")
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return {one["way"]: one for one in json.loads(done.stdout)}


@pytest.mark.nightly
def test_in_english() -> None:
    found = by_way("port_alder")
    ndcg = {way: one["quality"]["ndcg_10"] for way, one in found.items()}
    assert ndcg["hybrid"] > max(ndcg["vector"], ndcg["keyword"]) + 0.02
    assert ndcg["hybrid"] > 0.85
    assert found["hybrid"]["quality"]["recall_10"] > 0.96
    for one in found.values():
        assert one["by_confidence"]["kept"] >= 0.95
        assert one["by_confidence"]["let_through"] < one["by_score"]["let_through"]
        assert one["by_confidence"]["area"] > one["by_score"]["area"] + 0.05


def test_in_german() -> None:
    found = by_way("hohenlinden")
    ndcg = {way: one["quality"]["ndcg_10"] for way, one in found.items()}
    assert ndcg["hybrid"] > max(ndcg["vector"], ndcg["keyword"]) + 0.02
    assert found["hybrid"]["by_confidence"]["area"] > found["hybrid"]["by_score"]["area"]


def test_a_folder_without_a_set_is_one_sentence(tmp_path: Path) -> None:
    done = measured(str(tmp_path))
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "cannot be read" in done.stderr
    assert measured(str(SETS / "hohenlinden"), "--types", "guess").returncode == 2
