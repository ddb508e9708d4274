"""What each format gives: its text in order, as Markdown where it has structure, with pages and headings."""

from __future__ import annotations

from email.message import EmailMessage

from indexing.extraction.limits import Limits
from indexing.extraction.reading import read_file
from indexing.extraction.source import Extraction
from indexing.extraction.text import TextForm
from tests.indexing.extraction.made import book, open_document, slides, word, workbook
from tests.world.papers import member, pdf, zipped


def read(data: bytes, name: str = "file") -> Extraction:
    return read_file(data, name, Limits())


def placed(read: Extraction) -> list[tuple[str, int | None, str | None]]:
    """Every place with its characters."""
    return [(read.text.text[at.start : at.end].strip(), at.page, at.section) for at in read.text.places]


def test_word_keeps_headings_lists_and_tables_in_order() -> None:
    document = read(word())
    assert document.text.text == (
        "# Handbook\n\n# Refunds\n\nWe pay back within thirty days.\n\n## Exceptions\n\n- Gift cards\n- Food\n\n"
        "| Kind | Days |\n| --- | --- |\n| Shoes \\| boots | 30 |\n\n\\# no heading, only a line"
    )
    assert document.text.form is TextForm.MARKDOWN
    assert document.text.title == "Handbook"
    assert [section for _, _, section in placed(document)] == ["Handbook", "Refunds", "Refunds › Exceptions"]


def test_slides_are_pages_under_their_titles_with_their_notes() -> None:
    assert placed(read(slides())) == [
        ("## The plan\n\n- Begin\n- End\n\nNotes: Speak slowly.", 1, "The plan"),
        ("Questions?\n\n| Who |  |\n| --- | --- |\n|  | Ada |", 2, None),
    ]


def test_sheets_are_pages_under_their_names_and_blank_rows_part_tables() -> None:
    assert placed(read(workbook())) == [
        ("## Sales\n\n| Month | Sum |\n| --- | --- |\n| May | 12 |\n\n| a note |\n| --- |", 1, "Sales"),
        ("## Costs\n\n| Rent | 7 |\n| --- | --- |", 3, "Costs"),
    ]


def test_a_cell_at_the_far_corner_costs_no_table_of_that_size() -> None:
    assert len(read(workbook(XFD1048576="end")).text.text) < 200


def test_open_document_keeps_headings_lists_tables_and_blanks() -> None:
    body = (
        '<text:h text:outline-level="1">Refunds</text:h><text:p>We<text:s text:c="2"/>pay<text:tab/>back.</text:p>'
        "<text:list><text:list-item><text:p>one</text:p><text:list><text:list-item><text:p>two</text:p></text:list-item>"
        "</text:list></text:list-item></text:list><table:table><table:table-row><table:table-cell "
        'table:number-columns-repeated="2"><text:p>x</text:p></table:table-cell></table:table-row></table:table>'
    )
    assert read(open_document(body)).text.text == (
        "# Refunds\n\nWe  pay\tback.\n\n- one\n  - two\n\n| x | x |\n| --- | --- |"
    )


def test_a_book_is_read_in_the_order_of_its_spine() -> None:
    found = read(
        book("<h1>One</h1><p>caf&eacute;&nbsp;&amp; more</p>", "<h1>Two</h1><table><tr><td>a</td></tr></table>")
    )
    assert placed(found) == [("# One\n\ncafé & more", None, "One"), ("# Two\n\na", None, "Two")]
    assert found.text.title == "A Book"


def test_a_book_whose_references_lead_out_of_it_stays_inside() -> None:
    assert read(book("<p>inside</p>", folder="../../../../OEBPS/")).text.text == "inside"


def test_rich_text_keeps_letters_of_every_alphabet() -> None:
    found = read(rb"{\rtf1\ansi\ansicpg1252 Caf\'e9 {\b bold} \u8364? \{x\}\par next}")
    assert found.text.text == "Café bold € {x}\nnext"
    assert found.text.form is TextForm.PROSE


def test_mail_says_who_when_and_what_and_names_its_attachments() -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "ada@acme.example", "bob@acme.example", "Grüße"
    message.set_content("Hello Bob,\nall well.\n")
    message.add_alternative("<p>Hello <b>Bob</b></p>", subtype="html")
    message.add_attachment(b"%PDF-", maintype="application", subtype="pdf", filename="../../etc/plan.pdf")
    found = read(message.as_bytes(), "letter.eml")
    assert found.text.text == (
        "From: ada@acme.example\nTo: bob@acme.example\nSubject: Grüße\n\nHello Bob,\nall well.\n\n"
        "Attachments: ../../etc/plan.pdf (application/pdf)"
    )
    assert found.text.title == "Grüße"


def test_mail_that_is_a_page_is_read_as_one() -> None:
    head = "From: a@acme.example\nSubject: x\nMIME-Version: 1.0\nContent-Type: text/html; charset=iso-8859-1\n\n"
    found = read((head + "<h2>Café</h2><ul><li>a<li>b</ul>").encode("latin-1"))
    assert found.text.text.endswith("## Café\n\n- a\n- b")
    assert found.text.form is TextForm.MARKDOWN


def test_a_web_page_gives_its_main_text_without_menus() -> None:
    sentences = " ".join(f"Sentence {number} says what happens to the money." for number in range(12))
    page = (
        "<!doctype html><title>Rules &amp; more</title><nav><a href='/'>Home</a><a href='/b'>Blog</a></nav><main>"
        f"<h1>Refunds</h1><p>{sentences}</p><h2>Exceptions</h2><ul><li>Cards</li></ul>"
        "<table><tr><th>Kind</th><th>Days</th></tr><tr><td>Shoes</td><td>30</td></tr></table>"
        "<pre>one\n  two</pre></main><footer>Imprint</footer>"
    )
    found = read(page.encode())
    assert found.text.title == "Rules & more"
    assert {"Home", "Imprint"} & set(found.text.text.split()) == set()
    assert [section for _, _, section in placed(found)] == ["Refunds", "Refunds › Exceptions"]
    assert "| Shoes | 30 |" in found.text.text
    assert "one\n  two" in found.text.text


def test_a_page_with_hardly_any_main_text_is_read_whole() -> None:
    found = read(
        b"<html><body><h1>Hours</h1><ul><li>9 to 5</ul><table><tr><td>a<td>b<tr><td>c<td>d</table></body></html>"
    )
    assert found.text.text == "# Hours\n\n- 9 to 5\n\n| a | b |\n| --- | --- |\n| c | d |"


def test_pdf_keeps_pages_and_the_bookmarks_over_them() -> None:
    paper = pdf(
        ["Intro\nWelcome.", "More.\nRefunds\nThirty days.", "Last (page)."],
        title="Rules",
        bookmarks=[("Intro", 0), ("Refunds", 1)],
    )
    found = read(paper)
    assert placed(found) == [
        ("Intro\nWelcome.", 1, "Intro"),
        ("More.", 2, "Intro"),
        ("Refunds\nThirty days.", 2, "Refunds"),
        ("Last (page).", 3, "Refunds"),
    ]
    assert found.text.title == "Rules"
    assert found.warnings == ()


def test_pages_without_text_between_others_are_told_of() -> None:
    assert read(pdf(["Text.", "", "Text."])).warnings == ("1 of 3 pages hold no text; they may be scans or pictures.",)


def test_markdown_stays_as_it_is_and_code_holds_no_headings() -> None:
    text = "---\ntitle: Rules\n---\nbefore\n\n# A *b*\ntext\n```\n# none\n```\nUnder\n-----\nend\n"
    found = read(text.encode(), "a.md")
    assert found.text.text == text
    assert [section for _, _, section in placed(found)] == [None, "A b", "A b › Under"]
    assert found.text.title == "Rules"


def test_source_code_says_its_language() -> None:
    found = read(b"def f():\n    return 1\n", "a.py")
    assert (found.text.form, found.text.language, found.mime_type) == (TextForm.CODE, "python", "text/x-python")


def test_quoted_cells_keep_their_separators_and_lines() -> None:
    assert read(b'name;note\nAda;"a;b\nc"\n', "a.csv").text.text == "| name | note |\n| --- | --- |\n| Ada | a;b<br>c |"


def test_an_archive_with_wild_member_names_touches_no_path() -> None:
    found = read(zipped({"mimetype": "application/vnd.oasis.opendocument.text", "/etc/passwd": "x", "../../a": "y",
                         "content.xml": member(open_document("<text:p>fine</text:p>"), "content.xml")}))  # fmt: skip
    assert found.text.text == "fine"
