"""Roof, console: what a browser gets for a path under /console, and what it may then do."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.responses import Response

from app.console.built import Built, BuiltFile

_UNBUILT = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>ScaiGrid: the console is not built</title>
<h1>The console is not built</h1>
<p>The platform runs, and its API answers. To have the console too, install Node.js 20.19 or newer with npm, run
<code>make console</code> where the platform is, and start it again.</p>
<p>Meanwhile: <a href="/docs">every operation of the API</a>.</p>
</html>
"""
_POLICY = (
    "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self'; font-src 'self'; "
    "img-src 'self' data: blob:; connect-src {connect}; manifest-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
}
_FOR_EVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class Console:
    """The console as it is served; `issuer` is where people sign in, which the page must be let speak to."""

    built: Built
    issuer: str = ""

    def answer(self, path: str, known_etag: str | None) -> Response | None:
        """Answer a path under /console; nothing where no such file is."""
        if not self.built.made:
            return self._said(_UNBUILT.encode(), "text/html; charset=utf-8", {"Cache-Control": "no-store"})
        found = self.built.find(path)
        if found is None:
            return None
        caching = {"Cache-Control": _FOR_EVER if found.immutable else "no-cache", "ETag": found.etag}
        if known_etag == found.etag:
            return Response(status_code=304, headers=self._headers(caching))
        return self._file(found, caching)

    def _file(self, found: BuiltFile, caching: dict[str, str]) -> Response:
        return self._said(found.content, found.media_type, caching)

    def _said(self, content: bytes, media_type: str, caching: dict[str, str]) -> Response:
        return Response(content, media_type=media_type, headers=self._headers(caching))

    def _headers(self, caching: dict[str, str]) -> dict[str, str]:
        connect = " ".join(["'self'", *_origin(self.issuer)])
        return {"Content-Security-Policy": _POLICY.format(connect=connect), **_HEADERS, **caching}


def _origin(address: str) -> list[str]:
    parts = urlsplit(address)
    return [f"{parts.scheme}://{parts.netloc}"] if parts.scheme in {"http", "https"} and parts.netloc else []
