"""Roof, HTTP: two plain pages, made here and needing nothing from outside: the operations and the error codes."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import Any

from app.errors import PlatformError

CSP = "default-src 'none'; style-src 'unsafe-inline'"
_STYLE = (
    "body{font:16px/1.5 system-ui;max-width:60rem;margin:2rem auto;padding:0 1rem;color-scheme:light dark}"
    "code{font-size:.95em}dt{margin-top:1em}td{padding:.2em .8em .2em 0;vertical-align:top}"
)


def operations_page(description: dict[str, Any]) -> str:
    """List every operation of the OpenAPI description."""
    rows = "".join(_operation(path, method, said) for path, method, said in _operations(description))
    text = '<p>The whole description: <a href="/openapi.json">openapi.json</a>. <a href="/docs/errors">Error codes</a>.'
    return _page("ScaiGrid API", f"{text}<table>{rows}</table>")


def errors_page(errors: list[type[PlatformError]]) -> str:
    """List every error code with what it means."""
    entries = "".join(
        f'<dt id="{escape(error.code)}"><code>{escape(error.code)}</code></dt><dd>{escape(_sentence(error))}</dd>'
        for error in errors
    )
    return _page("ScaiGrid error codes", f"<dl>{entries}</dl>")


def known_errors() -> list[type[PlatformError]]:
    """Every error that can be answered, one per code, by code."""
    found: dict[str, type[PlatformError]] = {}
    waiting: list[type[PlatformError]] = [PlatformError]
    while waiting:
        kind = waiting.pop()
        waiting.extend(kind.__subclasses__())
        if "code" in vars(kind):
            held = found.setdefault(kind.code, kind)
            found[kind.code] = min(held, kind, key=_generality)
    return [found[code] for code in sorted(found)]


def _generality(kind: type[PlatformError]) -> tuple[int, str]:
    """The more general of two with one code speaks for it, in whatever order they were met."""
    return len(kind.__mro__), kind.__qualname__


def _sentence(error: type[PlatformError]) -> str:
    return (error.__doc__ or "").strip()


def _operations(description: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in description["paths"].items():
        for method, said in methods.items():
            yield path, method, said


def _operation(path: str, method: str, said: dict[str, Any]) -> str:
    does = escape(said.get("description") or said.get("summary") or "")
    return f"<tr><td><code>{escape(method.upper())}</code></td><td><code>{escape(path)}</code></td><td>{does}</td></tr>"


def _page(title: str, body: str) -> str:
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
        f"<style>{_STYLE}</style><h1>{title}</h1>{body}</html>"
    )
