"""Knowing, extraction: what the paragraphs of a Word document are, by their styles."""

from __future__ import annotations

import re
from dataclasses import dataclass

from docx.oxml.ns import qn
from lxml import etree

_HEADING = re.compile(r"heading (\d)", re.IGNORECASE)
_ANCESTORS = 12  # styles are based on each other, in a damaged file even in a circle


@dataclass(frozen=True, slots=True)
class Role:
    """What a paragraph is: a heading of a level, a point of a list at a depth, or neither."""

    heading: int = 0
    list_depth: int | None = None


class Styles:
    """The paragraph styles of one document."""

    def __init__(self, styles: etree._Element) -> None:
        self._by_id = {style.get(qn("w:styleId")): style for style in styles.iter(qn("w:style"))}
        self._roles: dict[str, Role] = {}

    def role(self, paragraph: etree._Element) -> Role:
        """What a paragraph is, by itself or by its style."""
        properties = paragraph.find(qn("w:pPr"))
        if properties is None:
            return Role()
        named = _value(properties, "w:pStyle")
        of_style = self._of_style(named) if named else Role()
        if of_style.heading:
            return of_style
        own = _from_properties(properties)
        return own if own.heading or own.list_depth is not None else of_style

    def _of_style(self, name: str) -> Role:
        if name not in self._roles:
            self._roles[name] = self._found(name)
        return self._roles[name]

    def _found(self, name: str) -> Role:
        point: Role | None = None
        following: str | None = name
        for _ in range(_ANCESTORS):
            style = self._by_id.get(following)
            if style is None:
                break
            called = (_value(style, "w:name") or "").lower()
            if heading := _HEADING.fullmatch(called):
                return Role(heading=int(heading[1]))
            if called == "title":
                return Role(heading=1)
            properties = style.find(qn("w:pPr"))
            own = Role() if properties is None else _from_properties(properties)
            if own.heading:
                return own
            if own.list_depth is not None or called.startswith(("list bullet", "list number")):
                point = point or Role(list_depth=own.list_depth or 0)
            following = _value(style, "w:basedOn")
        return point or Role()


def _from_properties(properties: etree._Element) -> Role:
    outline = _value(properties, "w:outlineLvl")
    if outline is not None and outline.isdigit() and int(outline) < 9:
        return Role(heading=min(int(outline) + 1, 6))
    numbering = properties.find(qn("w:numPr"))
    if numbering is None or _value(numbering, "w:numId") == "0":
        return Role()
    depth = _value(numbering, "w:ilvl") or "0"
    return Role(list_depth=int(depth) if depth.isdigit() else 0)


def _value(element: etree._Element, name: str) -> str | None:
    found = element.find(qn(name))
    return None if found is None else found.get(qn("w:val"))
