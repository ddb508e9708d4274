"""What a site lists is read as far as it is wanted, whatever it is written in, and no further than is safe."""

from __future__ import annotations

import gzip
import time
import tracemalloc
from collections.abc import AsyncIterator

import pytest

from app.outbound.client import OutboundClient
from app.outbound.guard import Guard
from app.outbound.transport import GuardedTransport
from indexing.crawls.reasons import Reason
from indexing.crawls.rules import ALLOWED, Rules, read_rules
from indexing.crawls.sitemap_file import MOST_BYTES, SitemapFile
from indexing.crawls.sitemaps import Listed, Sitemaps
from tests.world.site import TrapSite, redirect, sitemap, sitemap_index, trap_site
from tests.world.upstream import Upstream
from tests.world.website import Page

XML = {"content-type": "application/xml"}


@pytest.fixture
async def site() -> AsyncIterator[TrapSite]:
    async with trap_site() as made:
        yield made


async def listed(site: TrapSite, rules: Rules = ALLOWED, most: int = 1000) -> Listed:
    """What the site lists, without where it is."""
    transport = GuardedTransport(Guard(allow_hosts=[site.url.removeprefix("http://")]))
    found = await Sitemaps(OutboundClient(transport)).of(site.url, rules, most)
    await transport.aclose()
    short = {url.removeprefix(site.url): why for url, why in found.unread.items()}
    return Listed([url.removeprefix(site.url) for url in found.urls], short)


def read(*pieces: bytes, most: int = 100) -> SitemapFile:
    file = SitemapFile(most)
    for piece in pieces:
        file.take(piece)
    file.end()
    return file


async def test_a_sitemap_is_where_it_usually_is(site: TrapSite) -> None:
    site.pages["/sitemap.xml"] = Page(sitemap([f"{site.url}/b", f"{site.url}/a?y=1&amp;x=2", f"{site.url}/b#part"]))
    assert await listed(site) == Listed(["/b", "/a?x=2&y=1"], {})


async def test_sitemaps_are_those_the_rules_name(site: TrapSite, private: Upstream) -> None:
    site.pages["/sitemap.xml"] = Page(sitemap([f"{site.url}/never"]))
    site.pages["/one.xml"] = Page(sitemap([f"{site.url}/1"]))
    site.pages["/two.txt"] = Page(f"{site.url}/2\r\n\r\n{site.url}/3".encode(), headers={"content-type": "text/plain"})
    lines = [f"{site.url}/one.xml", "/two.txt", f"{private.url}/sitemap.xml", "/none.xml", "file:///etc/passwd"]
    rules = read_rules("\n".join(f"Sitemap: {line}" for line in lines).encode())
    found = await listed(site, rules)
    assert found.urls == ["/1", "/2", "/3"]
    assert found.unread == {f"{private.url}/sitemap.xml": Reason.BLOCKED_ADDRESS, "/none.xml": "http_404"}
    assert private.connections == 0


async def test_the_usual_place_is_left_alone_where_rules_forbid_it(site: TrapSite) -> None:
    assert await listed(site, read_rules(b"User-agent: *\nDisallow: /sitemap")) == Listed([], {})
    assert site.asked == []


async def test_an_index_leads_to_sitemaps_of_its_own_site(site: TrapSite, private: Upstream) -> None:
    indexed = [f"{site.url}/a.xml.gz", f"{private.url}/b.xml", f"{site.url}/c.xml", f"{site.url}/sitemap.xml"]
    site.pages["/sitemap.xml"] = Page(sitemap_index(indexed))
    site.pages["/a.xml.gz"] = Page(gzip.compress(sitemap([f"{site.url}/a"]), mtime=0))
    site.pages["/c.xml"] = Page(sitemap([f"{site.url}/c"]), headers=XML)
    assert await listed(site) == Listed(["/a", "/c"], {})
    assert private.connections == 0
    assert site.asked_again() == set()


async def test_indexes_without_end_end(site: TrapSite) -> None:
    for number in range(200):
        nested = [f"{site.url}/{number * 2 + 1}.xml", f"{site.url}/{number * 2 + 2}.xml"]
        site.pages["/sitemap.xml" if number == 0 else f"/{number}.xml"] = Page(sitemap_index(nested))
    assert (await listed(site)).urls == []
    assert len(site.asked) == 50


async def test_no_more_is_read_than_is_wanted(site: TrapSite) -> None:
    site.pages["/sitemap.xml"] = Page(sitemap_index([f"{site.url}/a.xml", f"{site.url}/b.xml", f"{site.url}/c.xml"]))
    for name in "abc":
        site.pages[f"/{name}.xml"] = Page(sitemap(f"{site.url}/{name}{number}" for number in range(70)))
    found = await listed(site, most=100)
    assert found.urls == [*(f"/a{number}" for number in range(70)), *(f"/b{number}" for number in range(30))]
    assert site.paths == ["/sitemap.xml", "/a.xml", "/b.xml"]


async def test_a_long_one_holds_nobody_up(site: TrapSite) -> None:
    site.pages["/sitemap.xml"] = Page(sitemap([f"{site.url}/{number}?b=1&amp;a=2" for number in range(20_000)]))
    shares = list[float]()
    for _ in range(5):  # the least of them: platforms of other tests may have work in this loop meanwhile
        ours, everybodys = time.thread_time(), time.process_time()
        assert len((await listed(site, most=20_000)).urls) == 20_000
        shares.append((time.thread_time() - ours) / (time.process_time() - everybodys))
        if shares[-1] < 0.5:
            break
    assert min(shares) < 0.5


async def test_what_was_read_before_it_broke_counts(site: TrapSite) -> None:
    site.pages["/sitemap.xml"] = Page(sitemap([f"{site.url}/a"]) + b"<more>")
    assert await listed(site) == Listed(["/a"], {"/sitemap.xml": Reason.PROTOCOL})


async def test_redirects_are_followed_within_bounds(site: TrapSite, private: Upstream) -> None:
    site.pages["/sitemap.xml"] = redirect("/real.xml")
    site.pages["/real.xml"] = Page(sitemap([f"{site.url}/a"]))
    assert await listed(site) == Listed(["/a"], {})
    site.pages["/sitemap.xml"] = redirect(f"{private.url}/x.xml")
    assert await listed(site) == Listed([], {"/sitemap.xml": Reason.BLOCKED_ADDRESS})
    assert private.connections == 0


@pytest.mark.parametrize(
    "text",
    [
        '<urlset><url><loc> http://e.com/a\n</loc><image:image xmlns:image="i"><image:loc>http://e.com/i</image:loc>'
        "</image:image></url></urlset>",
        '<s:urlset xmlns:s="x"><s:url><s:lastmod>2020</s:lastmod><s:loc><![CDATA[http://e.com/a]]></s:loc></s:url></s:urlset>',
        "\n\n<urlset><url><loc>http://&#x65;.com/a</loc></url></urlset>",
        "<urlset><loc>http://e.com/no</loc><x><loc>http://e.com/no</loc></x><url><loc>http://e.com/a</loc></url></urlset>",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_addresses_are_found_where_they_belong(text: str, encoding: str) -> None:
    octets = text.encode(encoding)
    assert read(octets).urls == ["http://e.com/a"]
    assert read(*(octets[at : at + 1] for at in range(len(octets)))).urls == ["http://e.com/a"]


def test_other_encodings_are_read() -> None:
    text = '<?xml version="1.0" encoding="{}"?><urlset><url><loc>http://e.com/ü</loc></url></urlset>'
    for name in ("utf-16", "iso-8859-1", "windows-1252"):
        assert read(text.format(name).encode(name)).urls == ["http://e.com/ü"]


LAUGHS = '<!DOCTYPE urlset [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><urlset><url><loc>http://e.com/&b;</loc></url>'
OUTSIDE = '<!DOCTYPE urlset [<!ENTITY a SYSTEM "file:///etc/passwd">]><urlset><url><loc>http://e.com/&a;</loc></url>'


@pytest.mark.parametrize(
    "text",
    [LAUGHS, OUTSIDE, '<!DOCTYPE urlset SYSTEM "http://e.com/x.dtd"><urlset>', "<urlset></x>", "<a", "\x00", "<?xml x"],
)
def test_what_declares_or_breaks_lists_nothing(text: str) -> None:
    assert read(text.encode()).urls == []


@pytest.mark.parametrize("piece", [b"<a>", b"<a x='", b"<url><loc>", b"x", b"<!--", b"<![CDATA[", b"<a b='c' "])
def test_no_file_takes_longer_than_it_should(piece: bytes) -> None:
    started = time.process_time()
    file = SitemapFile(100)
    block = piece * (1_000_000 // len(piece))
    for _ in range(5):
        if file.readable:
            file.take(block)
    assert file.urls == []
    assert time.process_time() - started < 20


@pytest.mark.parametrize(
    "excess",
    [
        "<a>" * 1000,
        "".join(f"<a{number}/>" for number in range(1000)),
        "<a " + " ".join(f"b{number}=''" for number in range(1000)) + "/>",
        "".join(f'<a xmlns:b{number}="c"/>' for number in range(1000)),
        f"<a b='{'c' * 3_000_000}'/>",
        "<!--c-->" * 500_000,
    ],
    ids=["depth", "names", "attributes", "prefixes", "a long tag", "comments"],
)
def test_what_would_fill_the_memory_is_not_read_on(excess: str) -> None:
    before, after = (f"<url><loc>http://e.com/{name}</loc></url>" for name in ("before", "after"))
    file = SitemapFile(100)
    tracemalloc.start()
    file.take(gzip.compress(f"<urlset>{before}{excess}{after}".encode(), mtime=0))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert not file.readable
    assert file.urls == ["http://e.com/before"]
    assert peak < 12_000_000


def test_a_bomb_is_not_unpacked() -> None:
    packed = gzip.compress(b"\n" * (MOST_BYTES + 1), mtime=0)
    with pytest.raises(Exception, match="larger than the limit"):
        read(packed)
