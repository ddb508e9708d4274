"""A page leads where a browser would say it leads, however it is written, in time that grows with its length alone."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from indexing.crawls.canonical import canonical
from indexing.crawls.links import joined, meant_by, read_page
from indexing.crawls.markup import tags

URL = "http://e.com/dir/page?x"
HTML = "text/html; charset=utf-8"


def leads(body: str | bytes, content_type: str = HTML) -> list[str]:
    return read_page(body.encode() if isinstance(body, str) else body, URL, content_type).links


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("<a href=a.html>", "http://e.com/dir/a.html"),
        ("<A HREF = '/b'>", "http://e.com/b"),
        ('<a class=x href="../c?d=1&amp;a=2#e">', "http://e.com/c?a=2&d=1"),
        ('<a href="?a=1&copy=2">', "http://e.com/dir/page?a=1&copy=2"),
        ('<a href="/x?a=1&lt=2&#38;b=3">', "http://e.com/x?a=1&b=3&lt=2"),
        ("<a href='//other.com/y'>", "http://other.com/y"),
        ("<a href='HTTPS://Other.com:443'>", "https://other.com/"),
        ("<a href='  my file.pdf\n '>", "http://e.com/dir/my%20file.pdf"),
        ("<a href='\\windows\\path'>", "http://e.com/windows/path"),
        ("<a href='/spl\n\tit'>", "http://e.com/split"),
        ("<a href='/é'>", "http://e.com/%C3%A9"),
        ("<area href=/area>", "http://e.com/area"),
        ("<iframe src=/frame></iframe>", "http://e.com/frame"),
        ("<frameset><frame src=/left></frameset>", "http://e.com/left"),
        ("<link rel='Next' href=/2>", "http://e.com/2"),
        ("<meta http-equiv=Refresh content='0; URL=/moved'>", "http://e.com/moved"),
        ("<meta http-equiv=refresh content=\"5;url='/quoted' \">", "http://e.com/quoted"),
        ("<svg><a href=/in-svg></a></svg>", "http://e.com/in-svg"),
        ("<a title=it's href=/apostrophe>", "http://e.com/apostrophe"),
        ("<a title='a > b' href=/greater>", "http://e.com/greater"),
        ("<a/href=/slashed>", "http://e.com/slashed"),
        ("<a href=/first href=/second>", "http://e.com/first"),
        ("<p><div></p><b><a href=/badly></b>", "http://e.com/badly"),
        ("<!-- c --><a href=/after>", "http://e.com/after"),
        ("<!--><a href=/short>", "http://e.com/short"),
        ("<!-- x --!><a href=/bang>", "http://e.com/bang"),
        ("a < b <a href=/less>", "http://e.com/less"),
        ("<noscript><a href=/no-script></a></noscript>", "http://e.com/no-script"),
        ("<title><b></title><a href=/titled>", "http://e.com/titled"),
        ("<script>if (a<b) x='</p>'</SCRIPT ><a href=/scripted>", "http://e.com/scripted"),
        ("<style>a{}</style x><a href=/styled>", "http://e.com/styled"),
    ],
)
def test_a_link_is_found_however_it_is_written(written: str, meant: str) -> None:
    assert leads(written) == [meant]


@pytest.mark.parametrize(
    "written",
    [
        "<a>",
        "<a name=x>",
        "<a href='#part'>",
        "<a href=' '>",
        "<a href='mailto:a@b.c'>",
        "<a href='javascript:go(\"/x\")'>",
        "<a href='data:text/html,x'>",
        "<a href='http://user:pw@e.com/'>",
        "<a href='http://[/'>",
        "<a rel='noopener NoFollow' href=/x>",
        "<link rel='next nofollow' href=/x>",
        "<link rel=stylesheet href=/x.css>",
        "<!-- <a href=/x> -->",
        "<!-- <a href=/x>",
        "<! <a href=/x>",
        "<script>document.write('<a href=/x>')</script>",
        "<script><a href=/x>",
        "<textarea><a href=/x></textarea>",
        "<title><a href=/x></title>",
        "<style><a href=/x></style>",
        "<iframe><a href=/x></iframe>",
        "<plaintext><a href=/x>",
        "<p title='<a href=/x>'>",
        "<abbr href=/x>",
        "</a href=/x>",
        "< a href=/x>",
        "<meta http-equiv=refresh content=5>",
        f"<a href='/{'x' * 3000}'>",
    ],
)
def test_what_is_no_link_is_none(written: str) -> None:
    assert leads(written) == []


def test_links_come_in_order_each_once() -> None:
    body = (
        "<a href=/b></a><a href=a></a><a href=/b#x></a><a href='/b?utm_source=y'></a><a href=/dir/a></a><a href=/c></a>"
    )
    assert leads(body) == ["http://e.com/b", "http://e.com/dir/a", "http://e.com/c"]


def test_links_are_read_from_the_base() -> None:
    assert leads("<base target=x><base href=/root/><base href=/other/><a href=a>") == ["http://e.com/root/a"]
    assert leads("<base href='http://cdn.com'><a href=a><a href=/b>") == ["http://cdn.com/a", "http://cdn.com/b"]


def test_a_page_says_what_it_is_really_called() -> None:
    page = read_page(b"<link rel=canonical href=/real?utm_source=x><link rel=canonical href=/b>", URL, HTML)
    assert (page.canonical, page.links) == ("http://e.com/real", [])
    assert read_page(b"<body><link rel=canonical href=/real>", URL, HTML).canonical is None
    assert read_page(b"<p>", URL, HTML).canonical is None


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("<meta name=robots content='noindex'>", (True, False)),
        ("<META NAME=ROBOTS CONTENT='NoFollow , max-snippet:5'>", (False, True)),
        ("<meta name=scaigrid content=none>", (True, True)),
        ("<meta name=robots content=noindex><meta name=scaigrid content=nofollow>", (True, True)),
        ("<meta name=googlebot content=none>", (False, False)),
        ("<meta name=robots content='index, follow, noimageindex'>", (False, False)),
    ],
)
def test_a_page_says_what_robots_may(written: str, asked: tuple[bool, bool]) -> None:
    page = read_page(written.encode(), URL, HTML)
    assert (page.noindex, page.nofollow) == asked


@pytest.mark.parametrize("content_type", ["application/pdf", "text/plain", "", "image/png"])
def test_only_web_pages_lead_on(content_type: str) -> None:
    assert leads("<a href=/x>", content_type) == []


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ("<a href=/é>".encode("latin-1"), "text/html; charset=ISO-8859-1"),
        ("<meta charset=windows-1252><a href=/é>".encode("cp1252"), "text/html"),
        ("<a href=/é>".encode("cp1252"), "text/html"),
        ("<a href=/é>".encode("utf-8-sig"), "text/html; charset=latin-1"),
        ("<a href=/é>".encode("utf-16"), "text/html"),
        ("<a href=/é>".encode(), "text/html; charset=punycode"),
        ("<a href=/é>".encode(), "text/html; charset=unicode_escape"),
        ("<a href=/é>".encode(), "text/html; charset=zlib"),
        ("<a href=/é>".encode(), "text/html; charset=no-such"),
        ('<?xml version="1.0" encoding="utf-8"?><html><a href="/é"/></html>'.encode(), "application/xhtml+xml"),
    ],
)
def test_a_page_is_read_in_its_encoding(body: bytes, content_type: str) -> None:
    assert leads(body, content_type) == ["http://e.com/%C3%A9"]


PIECES = [
    "<a href=/{}>", "<a href='/{}'>", '<a\nhref="/{}" >', "<a x y=z href=/{}/>", "</a>", "<p>", "</p>", "<div>",
    "</div>", "<b>", "<!--", "-->", "--!>", "<!x", ">", "<", "'", '"', "=", "/", " ", "text", "<script>", "</script>",
    "<title>", "</title>", "<textarea>", "</textarea>", "<style>", "</style", "<?x", "</ ", "<a", "<ab href=/no>",
    "<!-->", "-",
]  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=25))
def test_tags_are_those_a_browser_sees(pieces: list[str]) -> None:
    text = "<body>" + "".join(piece.format(number) for number, piece in enumerate(pieces))
    seen = [node.attributes["href"] for node in LexborHTMLParser(text).css("a[href]")]
    ours = [attributes["href"] for name, attributes in tags(text) if name == "a" and "href" in attributes]
    # A browser opens a link anew in a block that begins inside it; the page says it once.
    assert list(dict.fromkeys(ours)) == list(dict.fromkeys(seen))


@pytest.mark.parametrize(
    "piece",
    [
        b"<div>", b"<a ", b"<", b"<a href=\"", b"<a x='", b"<!--", b"<!-- --", b"<script>", b"<script></script",
        b"<a =", b"<!x", b"</a ", b"<a/", b"<title>", b"<b id=x>", b"&am", b"x=1 ", b"<a href='   ", b"<a href=/x>",
        b"<?",
    ],
)  # fmt: skip
def test_no_page_takes_longer_than_its_length_allows(piece: bytes) -> None:
    started = time.process_time()
    leads(piece * (2_000_000 // len(piece)))
    assert time.process_time() - started < 10  # what grows with the square takes hours


def test_a_page_of_links_alone_is_read_to_a_limit() -> None:
    body = b"".join(b"<a href=/%d>" % number for number in range(20_000))
    assert leads(body) == [f"http://e.com/{number}" for number in range(5000)]


def test_whatever_is_written_is_canonical_or_nothing() -> None:
    assert joined("http://e.com/a/b", "../../../c") == "http://e.com/c"
    assert joined("http://e.com/a/b", "\x00\x1f /x") == "http://e.com/x"


@given(
    st.sampled_from(["/", "//", "http://", "https://e", "http:/", ""]), st.text("/\\?#:;.@%ahtps0 \t\n\r", max_size=12)
)
def test_what_is_remembered_of_a_link_is_what_it_means_on_each_page(beginning: str, rest: str) -> None:
    said = f"{beginning}{rest}"
    for page in ("http://e.com/", "http://e.com/dir/page?x", "http://e.com/a//b/../c", "https://f.com/dir/"):
        meant = meant_by(page, said)
        leads_nowhere = meant is None or said.strip(" \t\n\r")[:1] in {"", "#"}
        assert joined(page, said) == (None if leads_nowhere else canonical(meant or ""))
