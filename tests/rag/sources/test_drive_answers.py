"""What ScaiDrive answers becomes passages, whatever its version calls them, and nothing else does."""

from __future__ import annotations

from typing import Any

import pytest

from indexing.drive.asking import DriveAnswer
from indexing.drive.errors import ScaiDriveFailed, ScaiDriveShareNotFound
from rag.sources.drive import passages_in
from rag.sources.gathered import DrivePassage

ONE = {"content": "Refunds take five days.", "score": 0.8, "document_name": "Terms.pdf", "page": 3}


def found(said: Any, status: int = 200) -> list[DrivePassage]:
    return list(passages_in(DriveAnswer(status, said), "Handbook"))


@pytest.mark.parametrize(
    "said",
    [
        [ONE],
        {"chunks": [ONE]},
        {"passages": [ONE]},
        {"results": [ONE]},
        {"status": "ok", "data": {"chunks": [ONE]}},
        {"data": [ONE]},
        {"chunks": [{"text": ONE["content"], "similarity": 0.8, "metadata": {"file_name": "Terms.pdf", "page": 3}}]},
        {"chunks": [{"text": ONE["content"], "relevance": 0.8, "file": "Terms.pdf", "page_number": 3}]},
    ],
)
def test_passages_are_found_under_every_name_they_go_by(said: Any) -> None:
    assert found(said) == [DrivePassage("Terms.pdf", "Refunds take five days.", 0.8, 3)]


@pytest.mark.parametrize(("said", "score"), [(7, 1.0), (-1, 0.0), (0.25, 0.25), (1, 1.0)])
def test_a_score_is_from_nought_to_one_like_a_collections(said: float, score: float) -> None:
    assert [one.score for one in found([ONE | {"score": said}])] == [score]


@pytest.mark.parametrize("said", [None, "high", True, float("nan"), float("inf")])
def test_what_has_no_score_is_in_the_middle_and_keeps_its_place(said: Any) -> None:
    first, second = found([{"content": "a", "score": said}, {"content": "b", "score": said}])
    assert 0.4 < second.score < first.score <= 0.5


def test_what_has_no_name_is_the_shares_and_a_line_of_text_is_a_passage() -> None:
    assert found({"context": ["Just a line."]}) == [DrivePassage("Handbook", "Just a line.", 0.5)]


def test_what_says_nothing_is_left_out() -> None:
    said = [{}, {"content": " "}, 7, None, {"score": 1}, {"content": ["x"]}, ONE]
    assert [one.content for one in found({"chunks": said})] == [ONE["content"]]


def test_an_answer_can_be_as_large_as_it_likes_and_is_bounded() -> None:
    many = found({"chunks": [{"content": "x" * 50_000, "file_name": "n" * 999}] * 500})
    assert len(many) == 200
    assert {(len(one.content), len(one.document_name)) for one in many} == {(20_000, 255)}


def test_half_a_character_can_be_written_after_all() -> None:
    (one,) = found([{"content": "a\ud800b"}])
    assert one.content.encode() == b"a?b"


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "//x", 7, "https://" + "x" * 2000])
def test_only_an_address_of_the_web_is_one(url: Any) -> None:
    assert found([ONE | {"url": url}])[0].url is None
    assert found([ONE | {"url": "https://drive.example/f/1"}])[0].url == "https://drive.example/f/1"


@pytest.mark.parametrize("status", [403, 404, 410])
def test_a_share_that_is_not_there_and_one_of_others_are_the_same(status: int) -> None:
    with pytest.raises(ScaiDriveShareNotFound):
        found(None, status)


@pytest.mark.parametrize(("said", "status"), [(None, 500), (None, 401), (7, 200), ({}, 200), ({"chunks": "x"}, 200)])
def test_what_is_no_answer_is_a_failure(said: Any, status: int) -> None:
    with pytest.raises(ScaiDriveFailed):
        found(said, status)
