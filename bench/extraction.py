"""Reading files in a process apart, beside bare pypdfium2 on PDF and bare trafilatura on web pages."""

from __future__ import annotations

import asyncio
import random
import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import psutil
import pypdfium2
import trafilatura

from bench.pages import WebPage, paper, web_page
from indexing.extraction.apart import Extractor

ROUNDS = 5
PDFS, PAGES, SITES = 20, 20, 120
Read = Callable[[bytes], Awaitable[str]]


def run() -> str:
    """Measure and tell."""
    return asyncio.run(_measured())


async def _measured() -> str:
    chance = random.Random(4)  # noqa: S311 - made-up words
    papers = [paper(chance, PAGES) for _ in range(PDFS)]
    sites = [web_page(chance) for _ in range(SITES)]
    started = time.perf_counter()
    extractor = Extractor()
    await extractor.extract(b"text", "first.txt")
    first = time.perf_counter() - started

    async def apart(data: bytes) -> str:
        return (await extractor.extract(data, "file")).text.text

    pdf = await _spent(papers, _pdfium, apart)
    html = await _spent([site.data for site in sites], _trafilatura, apart)
    quality = [f"{100 * share:.1f} %" for read in (_trafilatura, apart) for share in await _quality(sites, read)]
    await extractor.aclose()
    return "\n".join(
        [
            "| files | read by | pages per CPU second | share | text kept | navigation left |",
            "|---|---|---|---|---|---|",
            f"| PDF, {PAGES} pages each | pypdfium2, bare | {PDFS * PAGES / pdf.bare:.0f} | 1 | | |",
            f"| | ScaiGrid's reading process | {PDFS * PAGES / pdf.apart:.0f} | {pdf.bare / pdf.apart:.2f} | | |",
            f"| web pages | trafilatura, bare | {SITES / html.bare:.0f} | 1 | {quality[0]} | {quality[1]} |",
            f"| | ScaiGrid's reading process | {SITES / html.apart:.0f} | {html.bare / html.apart:.2f} | "
            f"{quality[2]} | {quality[3]} |",
            "",
            f"Beside that a file costs the server {html.here / SITES * 1000:.2f} ms of processor time. The first "
            f"file of all waits {first * 1000:.0f} ms for its process.",
        ]
    )


@dataclass(frozen=True, slots=True)
class Spent:
    """Processor seconds for all files: of the bare library, of the reading process, of the server beside it."""

    bare: float
    apart: float
    here: float


async def _spent(files: Sequence[bytes], bare: Read, apart: Read) -> Spent:
    """Medians of rounds that take turns."""
    rounds = []
    for _ in range(ROUNDS + 1):
        before = _cpu_seconds()
        for data in files:
            await bare(data)
        between = _cpu_seconds()
        for data in files:
            await apart(data)
        after = _cpu_seconds()
        rounds.append((between[0] - before[0], after[1] - between[1], after[0] - between[0]))
    return Spent(*(statistics.median(each) for each in zip(*rounds[1:], strict=True)))


def _cpu_seconds() -> tuple[float, float]:
    """Of this process, and of those it started."""
    here = psutil.Process()
    return sum(here.cpu_times()[:2]), sum(sum(each.cpu_times()[:2]) for each in here.children())


async def _quality(sites: Sequence[WebPage], read: Read) -> tuple[float, float]:
    """The share of the sentences that matter which are kept, and of those around them which are left."""
    kept = left = 0.0
    for site in sites:
        text = " ".join((await read(site.data)).split())
        kept += sum(sentence in text for sentence in site.matters) / len(site.matters)
        left += sum(sentence in text for sentence in site.around) / len(site.around)
    return kept / len(sites), left / len(sites)


async def _pdfium(data: bytes) -> str:
    document = pypdfium2.PdfDocument(data)
    pages = []
    for page in document:
        text_page = page.get_textpage()
        pages.append(text_page.get_text_bounded())
        text_page.close()
        page.close()
    document.close()
    return "\n".join(pages)


async def _trafilatura(data: bytes) -> str:
    return str(trafilatura.extract(data, output_format="markdown", favor_recall=True) or "")
