"""Measuring: what a sweep found, drawn as SVG: a panel for each way of searching, a line for each strategy; pure.

Whoever sees no colours tells the lines by their marks and dashes, and whoever sees nothing has it all in words.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import floor
from xml.sax.saxutils import escape, quoteattr

from evals.metrics.estimates import Estimate
from evals.sweeping import Goal, Placed

_WIDTH, _HEIGHT, _LEFT, _TOP, _BOTTOM, _GAP = 280, 240, 64, 84, 56, 28
_DODGE = 11  # between marks of one size
_LEGEND_ROW = 20
# Colours that people with any sight can tell apart (Okabe and Ito), with a mark and a dash each.
_LOOKS = (
    ("#0072b2", "", "M-4,0a4,4 0 1,0 8,0a4,4 0 1,0 -8,0"),
    ("#d55e00", "6 3", "M-4,-4h8v8h-8z"),
    ("#009e73", "2 3", "M0,-5l5,9h-10z"),
    ("#cc79a7", "8 3 2 3", "M0,-5l5,5l-5,5l-5,-5z"),
    ("#e69f00", "1 2", "M-4,-4l8,8M4,-4l-8,8"),
)
_STYLE = (
    "text{font:12px system-ui,sans-serif;fill:#1a1a1a}.title{font-size:15px;font-weight:600}.grid{stroke:#d4d4d4}"
    ".axis{stroke:#767676}.best{fill:none;stroke:#1a1a1a;stroke-width:1.5}.paper{fill:#fff}"
    "@media (prefers-color-scheme:dark){text{fill:#f0f0f0}.grid{stroke:#444}.axis{stroke:#999}"
    ".best{stroke:#f0f0f0}.paper{fill:#161616}}"
)


@dataclass(frozen=True, slots=True)
class _Sheet:
    """Where things are."""

    strategies: Sequence[str]
    sizes: Sequence[int]
    ways: Sequence[str]
    least: float  # at the foot of every panel

    def x(self, way: str, size: int, strategy: str) -> float:
        step = _WIDTH / len(self.sizes)
        dodge = (self.strategies.index(strategy) - (len(self.strategies) - 1) / 2) * _DODGE
        return self.left(way) + (self.sizes.index(size) + 0.5) * step + dodge

    def y(self, value: float) -> float:
        return _TOP + _HEIGHT * (1 - (value - self.least) / (1 - self.least))

    def left(self, way: str) -> float:
        return _LEFT + self.ways.index(way) * (_WIDTH + _GAP)

    @property
    def width(self) -> float:
        return _LEFT + len(self.ways) * (_WIDTH + _GAP)

    @property
    def height(self) -> float:
        return _TOP + _HEIGHT + _BOTTOM + _LEGEND_ROW * len(self.strategies)


def plot(name: str, found: Sequence[Placed], goal: Goal) -> str:
    """Draw it; where nothing was tried, say so."""
    sheet = _sheet(found, goal)
    words = list(_in_words(found, goal))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="title words"'
        f' viewBox="0 0 {sheet.width:g} {sheet.height:g}" width="{sheet.width:g}" height="{sheet.height:g}">',
        f'<title id="title">{escape(goal)} on {escape(name)}</title>',
        f'<desc id="words">{escape(" ".join(words))}</desc>',
        f"<style>{_STYLE}</style>",
        '<rect class="paper" width="100%" height="100%"/>',
        f'<text class="title" x="{_LEFT}" y="26">{escape(goal)} on {escape(name)}</text>',
        f'<text x="{_LEFT}" y="46">Means of questions, with 95 % intervals; the ring marks the best.</text>',
        *_axes(sheet),
        *(line for strategy in sheet.strategies for line in _series(sheet, found, goal, strategy)),
        *_legend(sheet),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _sheet(found: Sequence[Placed], goal: Goal) -> _Sheet:
    tried = [one.trial.setup for one in found]
    lows = [estimate.low for one in found if (estimate := one.trial.estimates.get(goal))]
    least = max(0.0, min(floor(min(lows, default=0.0) * 10) / 10, 0.9))
    return _Sheet(
        list(dict.fromkeys(setup.strategy for setup in tried)),
        sorted({setup.size for setup in tried}),
        list(dict.fromkeys(setup.way for setup in tried)),
        least,
    )


def _in_words(found: Sequence[Placed], goal: Goal) -> Iterator[str]:
    if not found:
        yield "Nothing was tried."
    for one in found:
        estimate = one.trial.estimates.get(goal)
        if estimate is not None:
            yield f"{_named(one)}: {_number(estimate)}{', the best' if one.is_best else ''}."


def _named(one: Placed) -> str:
    setup = one.trial.setup
    return f"{setup.strategy}, {setup.size} tokens, {setup.way}"


def _number(estimate: Estimate) -> str:
    return f"{estimate.value:.3f} ({estimate.low:.3f} to {estimate.high:.3f})"


def _axes(sheet: _Sheet) -> Iterator[str]:
    steps = round((1 - sheet.least) * 10)
    ticks = [sheet.least + step / 10 for step in range(steps + 1)]
    for way in sheet.ways:
        left, foot = sheet.left(way), _TOP + _HEIGHT
        yield f'<text x="{left + _WIDTH / 2:g}" y="{_TOP - 12}" text-anchor="middle">{escape(way)}</text>'
        for tick in ticks:
            y = sheet.y(tick)
            yield f'<line class="grid" x1="{left:g}" x2="{left + _WIDTH:g}" y1="{y:.1f}" y2="{y:.1f}"/>'
        yield f'<line class="axis" x1="{left:g}" x2="{left + _WIDTH:g}" y1="{foot}" y2="{foot}"/>'
        step = _WIDTH / len(sheet.sizes)
        for number, size in enumerate(sheet.sizes):
            x = left + (number + 0.5) * step
            yield f'<text x="{x:.1f}" y="{foot + 18}" text-anchor="middle">{size}</text>'
        yield f'<text x="{left + _WIDTH / 2:g}" y="{foot + 36}" text-anchor="middle">tokens of a chunk</text>'
    for tick in ticks:
        yield f'<text x="{_LEFT - 8}" y="{sheet.y(tick) + 4:.1f}" text-anchor="end">{tick:.1f}</text>'


def _series(sheet: _Sheet, found: Sequence[Placed], goal: Goal, strategy: str) -> Iterator[str]:
    colour, dash, mark = _looks(sheet, strategy)
    for way in sheet.ways:
        points = [
            (sheet.x(way, one.trial.setup.size, strategy), estimate, one)
            for one in sorted(found, key=lambda each: each.trial.setup.size)
            if (one.trial.setup.strategy, one.trial.setup.way) == (strategy, way)
            and (estimate := one.trial.estimates.get(goal))
        ]
        if not points:
            continue
        line = " ".join(f"{x:.1f},{sheet.y(estimate.value):.1f}" for x, estimate, _ in points)
        yield f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-dasharray="{dash}"/>'
        for x, estimate, one in points:
            yield from _point(sheet, x, estimate, one, (colour, mark))


def _point(sheet: _Sheet, x: float, estimate: Estimate, one: Placed, looks: tuple[str, str]) -> Iterator[str]:
    colour, mark = looks
    y, low, high = (sheet.y(value) for value in (estimate.value, estimate.low, estimate.high))
    yield f"<g><title>{escape(_named(one))}: {_number(estimate)}</title>"
    yield f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{low:.1f}" y2="{high:.1f}" stroke="{colour}" stroke-opacity=".55"/>'
    yield f'<path transform="translate({x:.1f} {y:.1f})" d="{mark}" fill="{colour}" stroke="{colour}"/>'
    if one.is_best:
        yield f'<circle class="best" cx="{x:.1f}" cy="{y:.1f}" r="10"/>'
    yield "</g>"


def _legend(sheet: _Sheet) -> Iterator[str]:
    for number, strategy in enumerate(sheet.strategies):
        colour, dash, mark = _looks(sheet, strategy)
        y = _TOP + _HEIGHT + _BOTTOM + _LEGEND_ROW * number
        yield f"<g aria-label={quoteattr(strategy)}>"
        yield f'<line x1="{_LEFT}" x2="{_LEFT + 36}" y1="{y}" y2="{y}" stroke="{colour}" stroke-dasharray="{dash}"/>'
        yield f'<path transform="translate({_LEFT + 18} {y})" d="{mark}" fill="{colour}" stroke="{colour}"/>'
        yield f'<text x="{_LEFT + 46}" y="{y + 4}">{escape(strategy)}</text></g>'


def _looks(sheet: _Sheet, strategy: str) -> tuple[str, str, str]:
    return _LOOKS[sheet.strategies.index(strategy) % len(_LOOKS)]
