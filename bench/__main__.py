"""`make bench`: measure, print, and keep the tables in docs/benchmarks.md; `python -m bench access` does one part."""

from __future__ import annotations

import platform
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from bench import (
    access,
    console,
    crawls,
    extraction,
    gateway,
    graphs,
    ingestion,
    personas,
    rechunking,
    searching,
    splitters,
    starting,
    two_hops,
    uploads,
    vectors,
    watching,
)

_PAGE = Path(__file__).parent.parent / "docs" / "benchmarks.md"


@dataclass(frozen=True, slots=True)
class Part:
    """One section of the page."""

    title: str
    run: Callable[[], str]
    about: str = ""


_PARTS = {
    "gateway": Part(
        "A model call through the gateway",
        gateway.run,
        "One server process each; the backend is a stand-in that answers at once. ScaiGrid runs with "
        "authentication, rate limits, a budget and accounting on. CPU is the server's own, per call, at 8 "
        "connections; latencies are of one connection; gaps are between frames of 32 paced streams at once "
        "(20 ms apart).",
    ),
    "access": Part(
        "Who may see what",
        access.run,
        "The chokepoint over 10,000 documents in 20 collections with 3 entries each, 1,000 users in 200 nested groups, "
        "5 % of the documents with a deny of their own; one process, one question at a time. With nothing known, a "
        "change has just made all that was remembered stale and the caller's standing is read anew. Revoking is an "
        "entry put in and committed, then a batch that meets it. Ten times the world is ten times of everything.\n\n"
        "The other engines hold the same world in memory and read no database, so compare them with ours when all is "
        "known; that we read one is in our figures. Their answers are compared with ours. They are used as batches, "
        "pycasbin with room for deep nestings and two models: one as in its manual (a single round), one written out "
        "for speed, which every change of a collection's list would have to write anew. What Cedar is given for one "
        "batch is made in Python, and that is in its figure.",
    ),
    "extraction": Part("Reading files", extraction.run),
    "splitters": Part("Cutting texts into chunks", splitters.run),
    "rechunk": Part(
        "Cutting a collection anew",
        rechunking.run,
        "Small documents, each one chunk of 512 tokens before and several of 64 after, all in one process on SQLite and"
        " the embedded vector store, with an embedding model that answers at once: what is left is our own work.",
    ),
    "search": Part(
        "Searching a collection",
        searching.run,
        "One server process on SQLite and the embedded stores, chunks of 120 words with vectors of 384 dimensions, "
        "20 a document, questions of 8 words that are asked again. Who may read 1 % is denied all other documents.",
    ),
    "personas": Part(
        "An assistant's call",
        personas.run,
        "One server process on SQLite and the embedded stores, chunks of 120 words with vectors of 384 dimensions, "
        "every question a new one, five passages to an answer; the model behind is a stand-in that answers at once. "
        "Added is over a call of that model itself, taken in turns. CPU is the server's own, per call. Beside it a "
        "persona as LlamaIndex's manual has it, with the same chunks, model and embedder: a chat engine over an index "
        "in memory behind FastAPI, without keys, rights, citations, limits or accounts.",
    ),
    "vectors": Part("Searching vectors and words", vectors.run),
    "hops": Part(
        "Questions that need two passages",
        two_hops.run,
        "12 questions over 36 documents embedded by local/minilm: the second passage is found only by what the first "
        "one names, but for 4 questions that name it too. The scripted model answers at once and follows the names; "
        "local/quote writes no queries, so they are made of the passages. A call is the whole answer.",
    ),
    "graphs": Part(
        "Walking through a graph",
        graphs.run,
        "One process and the embedded store, and then Neo4j (`SCAIGRID_NEO4J_URL`, or one of its own), asked through "
        "the view of a caller, one question at a time, each from another thing: what the caller may read is given as "
        "the ids of documents. Every answer brings names, descriptions, degrees and evidence with it.",
    ),
    "ingestion": Part(
        "From files to an index",
        ingestion.run,
        "1,000 Markdown, 200 HTML and 100 PDF files (a fifth of each for local/minilm), chunks of 512 tokens with 50 "
        "of overlap, in one process. Beside it LlamaIndex's IngestionPipeline as its manual shows it, reading by "
        "trafilatura and pypdfium2, splitting with the model's own tokenizer, embedding 64 at a "
        "time and keeping vectors in memory alone; ours also keeps files, texts, chunks and vectors on the disk, under "
        "leases, job by job, metered. In the model: the share of the time in which a call to it was under way. "
        "Largest: the most memory held by the process and the one that reads files for it.",
    ),
    "uploads": Part(
        "Uploading while files are ingested",
        uploads.run,
        "One server process on this machine's cores, which the client shares: it embeds 150 Markdown files of about "
        "20 KB with its own model meanwhile. An upload is answered once the file is on the disk and its document in "
        "the database.",
    ),
    "crawls": Part(
        "Walking through a website",
        crawls.run,
        "A local site of 2,000 pages of about 7 KB that lead to 50 others each, asked one page at a time by us and "
        "eight at a time by Scrapy, without rests between. Every way is a process of its own; processor time is "
        "counted from its first question to its last answer. Text is read out by one process, a few pages ahead of "
        "which the walk waits. A page that is kept is a file and a document under the rights of whoever crawls, with "
        "a row in the ledger, and its reading is only promised. The embedding model answers at once; its processor "
        "time is not counted.",
    ),
    "watching": Part(
        "Watching a crawl",
        watching.run,
        "One server process on SQLite and one process of watchers, who are 20 people with several streams each, on one "
        "machine. A change every 3 seconds, the last of which ends the run; an event's delay is from the commit of "
        "the change to its arrival. SQL, CPU and memory are the server's, the checks of everybody's rights included; "
        "of one watcher, they are what is there without any.",
    ),
    "console": Part(
        "Pages of the console",
        console.run,
        "One server process on SQLite and the embedded stores with 10,000 documents in one collection, a tenth of them "
        "of 20 chunks each, as who runs the platform, in Chromium on the same machine: 20 visits to each page, "
        "everything loaded anew. Ready is when its heading and its rows are shown and nothing says that it is still "
        "coming, counted from the beginning of the visit. Then the documents are shown on until there are 1,000 rows, "
        "and scrolled through as a wheel does that is turned fast.",
    ),
    "starting": Part("Starting", starting.run),
}


def main() -> None:
    """Run every measurement, or those named; only all of them can be kept."""
    named = [name for name in sys.argv[1:] if name in _PARTS]
    today: date = datetime.now(UTC).date()
    machine = f"{platform.machine()}, Python {platform.python_version()}"
    text = [
        "# Benchmarks",
        "Written by `make bench`: medians of several rounds in one run. Compare rows of one table, not tables: "
        "machines differ and are noisy.",
        f"Measured on {today} ({machine}).",
    ]
    for name in named or _PARTS:
        part = _PARTS[name]
        text += [f"## {part.title}", *([part.about] if part.about else []), part.run()]
    print("\n\n".join(text))
    if "--keep" in sys.argv and not named:
        _PAGE.write_text("\n\n".join(text) + "\n", encoding="utf-8")


main()
