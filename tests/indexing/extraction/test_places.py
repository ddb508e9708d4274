"""Nothing is lost, and every place is where it says: for any text at all."""

from __future__ import annotations

import csv
import io
import re

from hypothesis import given, settings
from hypothesis import strategies as st

from indexing.extraction.builder import TextBuilder
from indexing.extraction.limits import Limits
from indexing.extraction.outline import headings
from indexing.extraction.reading import read_file
from indexing.extraction.text import ExtractedText, TextForm

LETTERS = st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufeff")
LINES = st.lists(
    st.one_of(st.text(LETTERS, max_size=20), st.sampled_from(["# A", "## B c", "```", "~~~", "x\n===", "- p"]))
)
CELLS = st.lists(
    st.text(LETTERS.filter(lambda each: each not in '\\"\n'), min_size=1, max_size=9), min_size=2, max_size=4
)


def covered(text: ExtractedText) -> None:
    """Places lie in order, do not overlap, and leave out no character that can be seen."""
    at = 0
    for place in text.places:
        assert at <= place.start < place.end
        assert not text.text[at : place.start].strip()
        at = place.end
    assert not text.text[at:].strip()
    assert at <= len(text.text)


@given(st.text(LETTERS | st.just("\n")).filter(lambda text: bool(text.encode().strip())))
def test_plain_text_comes_back_whole(text: str) -> None:
    if not text.strip():
        return
    found = read_file(b"\xef\xbb\xbf" + text.encode(), "a.txt", Limits()).text
    assert found.text == text
    covered(found)


@given(LINES.map("\n".join).filter(str.strip))
def test_markdown_comes_back_whole_under_its_headings(text: str) -> None:
    found = read_file(b"\xef\xbb\xbf" + text.encode(), "a.md", Limits()).text
    assert found.text == text
    covered(found)
    starts = {place.start for place in found.places}
    last = None
    for heading in headings(text):
        if heading.title and heading.title != last:
            assert heading.start in starts
        last = heading.title


@settings(max_examples=60)
@given(st.lists(CELLS, min_size=1, max_size=6))
def test_every_cell_comes_back(rows: list[list[str]]) -> None:
    written = io.StringIO()
    csv.writer(written, quoting=csv.QUOTE_ALL).writerows(rows)
    found = read_file(b"\xef\xbb\xbf" + written.getvalue().encode(), "a.csv", Limits()).text
    covered(found)
    lines = found.text.split("\n")
    again = [[cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]
    del again[1]
    width = max(map(len, rows))
    expected = [[cell.strip() for cell in row] + [""] * (width - len(row)) for row in rows]
    assert again == expected


@given(st.lists(st.tuples(st.integers(0, 3), st.text(LETTERS | st.just("\n"), max_size=12)), min_size=1))
def test_whatever_is_written_stands_where_its_place_says(steps: list[tuple[int, str]]) -> None:
    builder = TextBuilder(Limits())
    builder.write("begin")
    page = 0
    written: list[tuple[str, int | None]] = [("begin", None)]
    for deed, text in steps:
        if deed == 0:
            page += 1
            builder.begin_page(page)
        elif deed == 1:
            builder.heading(2, text)
        else:
            said = f"⟦{len(written)}⟧{text}"  # to be found again among other texts
            builder.write(said)
            written.append((said, page or None))
    found = builder.finish(TextForm.PROSE).text
    covered(found)
    at = 0
    for text, on_page in written:
        at = found.text.index(text, at)
        assert any(place.start <= at < place.end and place.page == on_page for place in found.places)
        at += len(text)
