"""A website walked from its first page to its last, beside Scrapy; every way in a process of its own."""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench.crawl_site import PAGES, crawl_site
from bench.servers import standin

ROUNDS = 3
_FEWER = PAGES // 4  # where each page costs so much that as many would take the better part of an hour
_ROOT = Path(__file__).parent.parent

# As its manual has it: a spider that follows every link of one host, and keeps nothing.
_SPIDER = """
import json, resource, time
import scrapy
from scrapy import signals
from scrapy.linkextractors import LinkExtractor


class Spider(scrapy.Spider):
    name = "bench"
    links = LinkExtractor()
    count = 0

    @classmethod
    def from_crawler(cls, crawler, *args, **named):
        spider = super().from_crawler(crawler, *args, **named)
        spider.start_urls = [named["seed"]]
        crawler.signals.connect(spider.opened, signals.spider_opened)
        crawler.signals.connect(spider.closed_down, signals.spider_closed)
        return spider

    def opened(self, spider):
        self.began = time.perf_counter(), time.process_time()

    def closed_down(self, spider):
        seconds, cpu = time.perf_counter() - self.began[0], time.process_time() - self.began[1]
        held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps({"pages": self.count, "seconds": seconds, "cpu": cpu, "megabytes": held}))

    def parse(self, response):
        self.count += 1
        for link in self.links.extract_links(response):
            yield scrapy.Request(link.url)
"""


@dataclass(frozen=True, slots=True)
class Walked:
    """What a process says of one walk."""

    pages: int
    seconds: float
    cpu: float
    megabytes: float


def run() -> str:
    """Walk in every way, by turns, and tell the medians."""
    with crawl_site() as seed, standin() as (port, _), tempfile.TemporaryDirectory() as folder:
        backend = f"http://127.0.0.1:{port}/v1"
        ways: dict[str, Callable[[], Walked]] = {
            "ScaiGrid, fetching and reading links alone": lambda: _ours("alone", PAGES, seed),
            "ScaiGrid, the same with the text of each page read out": lambda: _ours("read", PAGES, seed),
            "ScaiGrid, reading the text out of the same pages alone": lambda: _ours("reading", PAGES, seed),
            "ScaiGrid, a dry run: the ledger alone": lambda: _ours("dry", PAGES, seed, backend),
            "ScaiGrid, keeping each page as a document to be read later": lambda: _ours("kept", _FEWER, seed, backend),
            "ScaiGrid, until every page is indexed": lambda: _ours("indexed", _FEWER, seed, backend),
        }
        program = shutil.which("scrapy")
        if program is not None:
            ways = {"Scrapy, keeping nothing": _scrapy(program, seed, Path(folder)), **ways}
        rounds = [{name: walk() for name, walk in ways.items()} for _ in range(ROUNDS)]
    first = next(iter(ways))
    lines = [
        "| walked by | pages | pages/s | CPU ms a page | pages per CPU second | times | largest |",
        "|---|--:|--:|--:|--:|--:|--:|",
        *(_row(name, [walked[name] for walked in rounds], [walked[first] for walked in rounds]) for name in ways),
    ]
    return "\n".join(lines if program else [*lines, "", "Scrapy is not installed here."])


def _row(name: str, walks: list[Walked], base: list[Walked]) -> str:
    def middle(of: Callable[[Walked], float], some: list[Walked] = walks) -> float:
        return statistics.median(of(walk) for walk in some)

    def per_cpu_second(walk: Walked) -> float:
        return walk.pages / walk.cpu

    return (
        f"| {name} | {walks[0].pages} | {middle(lambda walk: walk.pages / walk.seconds):.0f} | "
        f"{middle(lambda walk: 1000 * walk.cpu / walk.pages):.2f} | {middle(per_cpu_second):.0f} | "
        f"{middle(per_cpu_second) / middle(per_cpu_second, base):.2f} | {middle(lambda walk: walk.megabytes):.0f} MB |"
    )


def _ours(way: str, most: int, *addresses: str) -> Walked:
    command = [sys.executable, "-m", "bench.crawling", way, str(most), *addresses]
    return _told(command, os.environ | {"SCAIGRID_LOG_LEVEL": "error"})


def _scrapy(program: str, seed: str, folder: Path) -> Callable[[], Walked]:
    spider = folder / "spider.py"
    spider.write_text(_SPIDER, encoding="utf-8")
    settings = ["ROBOTSTXT_OBEY=True", "DOWNLOAD_DELAY=0", "CONCURRENT_REQUESTS_PER_DOMAIN=8", "LOG_ENABLED=False"]
    asked = [program, "runspider", str(spider), "-a", f"seed={seed}"]
    asked += [part for setting in settings for part in ("-s", setting)]
    return lambda: _told(asked, dict(os.environ))


def _told(command: list[str], environment: dict[str, str]) -> Walked:
    done = subprocess.run(command, cwd=_ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{command[:4]} failed: {done.stderr[-2000:]}")
    return Walked(**json.loads(done.stdout.splitlines()[-1]))
