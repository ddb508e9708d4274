"""Ground floor: pictures people upload, drawn anew, so that nothing but the picture is kept of what was sent."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from io import BytesIO

from PIL import Image, ImageOps

from app.errors import PayloadTooLarge, UnsupportedMediaType, ValidationFailed

LARGEST_BYTES = 2 * 2**20
_FORMATS = ("PNG", "JPEG", "WEBP", "GIF")
_LONGEST_SIDE = 4096  # decoded, four bytes for each of its points: 64 MiB
_EDGE = 512
_BROKEN = (OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError, Image.DecompressionBombWarning)
_ONE_AT_A_TIME = threading.Lock()  # decoding takes memory; a queue of uploads must not take it all
_MEDIA = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture of ours: a PNG, or a JPEG where a JPEG was sent."""

    data: bytes

    @property
    def media_type(self) -> str:
        """What it is, by its content."""
        return next(media for start, media in _MEDIA.items() if self.data.startswith(start))


def drawn_anew(sent: bytes) -> Picture:
    """Return what was sent as a picture of at most 512 by 512 points, without anything hidden in it. Takes a while."""
    if len(sent) > LARGEST_BYTES:
        raise PayloadTooLarge("A picture may have 2 MB at most.")
    with _ONE_AT_A_TIME:
        try:
            return _draw(sent)
        except _BROKEN:
            raise UnsupportedMediaType("Send a PNG, JPEG, WebP or GIF picture.") from None


def _draw(sent: bytes) -> Picture:
    with Image.open(BytesIO(sent), formats=_FORMATS) as opened:  # reads no more than the head
        if max(opened.size) > _LONGEST_SIDE:
            raise _too_wide()
        photograph = opened.format == "JPEG"
        if photograph:
            opened.draft("RGB", (_EDGE, _EDGE))
        upright = ImageOps.exif_transpose(opened)
    plain = upright.convert("RGB" if photograph else "RGBA")
    plain.thumbnail((_EDGE, _EDGE))
    clean = Image.new(plain.mode, plain.size)  # a new one carries nothing over: no text, no place, no profile
    clean.paste(plain)
    written = BytesIO()
    if photograph:
        clean.save(written, "JPEG", quality=88, optimize=True)
    else:
        clean.save(written, "PNG", optimize=True)
    return Picture(written.getvalue())


def _too_wide() -> ValidationFailed:
    return ValidationFailed.of("file", f"has more than {_LONGEST_SIDE} points on one side")
