"""Files as programs write them, made here: PDF by hand, the others by their own libraries or as zips."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence


def pdf(pages: Sequence[str], *, title: str = "", bookmarks: Sequence[tuple[str, int]] = ()) -> bytes:
    """A PDF with the standard font; bookmarks name pages counted from 0."""
    first_page = 5
    kids = " ".join(f"{first_page + 2 * number} 0 R" for number in range(len(pages)))
    outline = first_page + 2 * len(pages)
    objects = [
        f"<< /Type /Catalog /Pages 2 0 R {f'/Outlines {outline} 0 R' if bookmarks else ''} >>",
        f"<< /Type /Pages /Count {len(pages)} /Kids [{kids}] >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        f"<< /Title ({_escaped(title)}) >>",
    ]
    for number, page in enumerate(pages):
        drawn = _drawn(page)
        objects.append(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 3 0 R >> >> "
            f"/Contents {first_page + 2 * number + 1} 0 R >>"
        )
        objects.append(f"<< /Length {len(drawn)} >>\nstream\n{drawn}\nendstream")
    return _assembled(objects + _outline(bookmarks, outline, first_page))


def _drawn(page: str) -> str:
    if not page:
        return "0.5 g 50 50 400 600 re f"
    lines = "".join(f"({_escaped(line)}) Tj T*\n" for line in page.split("\n"))
    return f"BT /F1 10 Tf 50 800 Td 14 TL\n{lines}ET"


def _outline(bookmarks: Sequence[tuple[str, int]], at: int, first_page: int) -> list[str]:
    if not bookmarks:
        return []
    last = at + len(bookmarks)
    entries = [f"<< /Type /Outlines /First {at + 1} 0 R /Last {last} 0 R /Count {len(bookmarks)} >>"]
    for index, (title, page) in enumerate(bookmarks, start=at + 1):
        following = f"/Next {index + 1} 0 R" if index < last else ""
        target = f"[{first_page + 2 * page} 0 R /Fit]"
        entries.append(f"<< /Title ({_escaped(title)}) /Parent {at} 0 R {following} /Dest {target} >>")
    return entries


def _assembled(objects: Sequence[str]) -> bytes:
    out = bytearray(b"%PDF-1.7\n")
    places = []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n".encode("cp1252")
    start = len(out)
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}".encode()
    out += f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R /Info 4 0 R >>\nstartxref\n{start}\n%%EOF\n".encode()
    return bytes(out)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")


def zipped(members: Mapping[str, str | bytes]) -> bytes:
    """A zip of members, in their order."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def rezipped(data: bytes, changes: Mapping[str, bytes]) -> bytes:
    """A zip with some members changed or added."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    return zipped({**members, **changes})


def member(data: bytes, name: str) -> bytes:
    """What one member of a zip holds."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return archive.read(name)
