"""What is embedded together is of like length: filling up costs as much as reading."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.inference.backends.embedded.minilm.job import MOST_PADDING, MOST_PIECES, MOST_ROWS, Batch, Job
from app.inference.backends.embedded.minilm.pieces import LIMIT, Window


def batch_of(lengths: list[int]) -> Batch:
    job, batch = Job(["any"]), Batch()
    for text, length in enumerate(lengths):
        window = Window(text, [7] * length, length)
        if batch.admits(window):
            batch.add((job, window))
    return batch


@given(st.lists(st.integers(2, LIMIT), min_size=1, max_size=200))
def test_every_window_is_in_one_run_and_hardly_filled_up(lengths: list[int]) -> None:
    batch = batch_of(lengths)
    runs = [[window for _, window in run] for run in batch.runs()]
    assert sorted(window.text for run in runs for window in run) == sorted(window.text for _, window in batch.rows)
    for run in runs:
        assert max(len(window.ids) for window in run) - min(len(window.ids) for window in run) <= MOST_PADDING
    assert len(batch.rows) <= MOST_ROWS
    assert sum(len(window.ids) for _, window in batch.rows) <= MOST_PIECES


def test_those_of_one_length_are_one_run() -> None:
    assert [len(run) for run in batch_of([30] * 10).runs()] == [10]


def test_a_short_question_is_not_filled_up_to_a_long_one() -> None:
    runs = [[len(window.ids) for _, window in run] for run in batch_of([6, 120, 9, 118, 8]).runs()]
    assert runs == [[120, 118], [9, 8, 6]]
