"""Knowing, extraction: everything a tree of HTML shows, as Markdown, in one walk without recursion."""

from __future__ import annotations

from lxml import etree

from indexing.extraction import notation

_UNSEEN = {"script", "style", "template", "noscript", "svg", "math", "head", "iframe", "object", "select", "button"}
_INLINE = {
    "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em", "font", "i", "img",
    "ins", "kbd", "label", "mark", "q", "rp", "rt", "ruby", "s", "samp", "small", "span", "strike", "strong", "sub",
    "sup", "time", "tt", "u", "var", "wbr",
}  # fmt: skip
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_LISTS = {"ul", "ol", "menu", "dir"}
_NOT_IN_DATA = {"table", "ul", "ol", "pre", "form", *_HEADINGS}
_LONGEST_CELL = 2000


def whole_text(tree: etree._Element) -> str:
    """The text of a page with its headings, lists, tables and code."""
    writer = _Writer()
    walk = etree.iterwalk(tree, events=("start", "end"))
    for event, element in walk:
        if not isinstance(element.tag, str):
            continue
        tag = _name(element)
        if event == "start":
            if writer.begin(element, tag):
                walk.skip_subtree()
        else:
            writer.end(element, tag)
    writer.flush()
    return writer.said()


class _Writer:
    """Gathers the text between two block elements and writes it as what it stands in."""

    def __init__(self) -> None:
        self._blocks: list[tuple[bool, str]] = []  # whether it is a point of a list
        self._inline: list[str] = []
        self._heading = 0
        self._depth = 0
        self._point = False

    def begin(self, element: etree._Element, tag: str) -> bool:
        """Enter an element; true if all of it has been dealt with."""
        if tag in _UNSEEN:
            return True
        if tag == "br":
            self._inline.append("\n")
        elif tag not in _INLINE:
            self.flush()
            if self._at_once(element, tag):
                return True
            self._stand_in(tag)
        self._inline.append(_in_line(element.text))
        return False

    def end(self, element: etree._Element, tag: str) -> None:
        """Leave an element."""
        if tag not in _INLINE and tag != "br" and tag not in _UNSEEN:
            self.flush()
            self._depth -= tag in _LISTS
            self._heading = 0
            self._point = self._point and tag != "li"
        self._inline.append(_in_line(element.tail))

    def flush(self) -> None:
        """Write what has gathered as a paragraph, a heading or a point."""
        lines = ("".join(self._inline)).split("\n")
        text = "\n".join(line for each in lines if (line := " ".join(each.split())))
        self._inline.clear()
        if not text:
            return
        if self._heading:
            self._blocks.append((False, f"{'#' * self._heading} {' '.join(text.split())}"))
        elif self._point:
            self._blocks.append((True, notation.list_item(text, self._depth - 1)))
            self._point = False
        else:
            self._blocks.append((False, notation.paragraph(text)))

    def said(self) -> str:
        """All blocks; the points of a list stand close."""
        parts: list[str] = []
        before = False
        for point, block in self._blocks:
            parts += ["\n" if point and before else "\n\n", block]
            before = point
        return "".join(parts[1:])

    def _stand_in(self, tag: str) -> None:
        self._heading = _HEADINGS.get(tag, self._heading)
        self._depth += tag in _LISTS
        self._point = self._point or tag == "li"

    def _at_once(self, element: etree._Element, tag: str) -> bool:
        if tag == "pre":
            block = notation.code("".join(str(text) for text in element.itertext()))
        elif tag == "table" and (rows := _data(element)):
            block = notation.table(rows)
        else:
            return False
        self._blocks.append((False, block))
        return True


def _name(element: etree._Element) -> str:
    return str(element.tag).rpartition("}")[2].lower()


def _in_line(text: str | None) -> str:
    """Text whose line ends mean nothing."""
    return text.replace("\n", " ") if text else ""


def _data(table: etree._Element) -> list[list[str]]:
    """The cells of a table that holds data; empty for one that only arranges a page."""
    rows: list[list[str]] = []
    for element in table.iterdescendants(etree.Element):
        tag = _name(element)
        if tag in _NOT_IN_DATA:
            return []
        if tag == "tr":
            rows.append([])
        elif tag in {"td", "th"} and rows:
            text = " ".join(" ".join(str(part) for part in element.itertext()).split())
            if len(text) > _LONGEST_CELL:
                return []
            rows[-1].append(text)
    rows = [row for row in rows if any(row)]
    return rows if len(rows) > 1 and max(map(len, rows)) > 1 else []
