"""Knowing, extraction: the language of source code, by the file's name and its first line."""

from __future__ import annotations

import re

_ENDINGS = {
    "python": "py pyi pyw",
    "javascript": "js jsx mjs cjs",
    "typescript": "ts mts cts",
    "tsx": "tsx",
    "go": "go",
    "rust": "rs",
    "java": "java",
    "c": "c h",
    "cpp": "cc cpp cxx hh hpp hxx ino",
    "csharp": "cs",
    "ruby": "rb rake gemspec",
    "php": "php phtml",
    "bash": "sh bash zsh ksh",
    "kotlin": "kt kts",
    "swift": "swift",
    "scala": "scala sc",
    "lua": "lua",
    "perl": "pl pm",
    "r": "r",
    "julia": "jl",
    "haskell": "hs",
    "elixir": "ex exs",
    "erlang": "erl",
    "clojure": "clj cljs",
    "dart": "dart",
    "sql": "sql",
    "css": "css scss less",
    "vue": "vue",
    "svelte": "svelte",
    "powershell": "ps1 psm1",
    "batch": "bat cmd",
    "groovy": "groovy gradle",
    "terraform": "tf hcl",
    "protobuf": "proto",
    "graphql": "graphql gql",
    "json": "json jsonl ndjson geojson ipynb",
    "yaml": "yaml yml",
    "toml": "toml",
    "ini": "ini cfg conf properties env",
    "xml": "xml xsd xsl svg wsdl",
    "make": "mk mak",
    "cmake": "cmake",
    "diff": "diff patch",
}
_BY_ENDING = {ending: language for language, endings in _ENDINGS.items() for ending in endings.split()}
_BY_NAME = {
    "makefile": "make",
    "dockerfile": "dockerfile",
    "gemfile": "ruby",
    "rakefile": "ruby",
    "jenkinsfile": "groovy",
}
_SHEBANG = re.compile(
    r"#!\s*\S*?/?(?:env\s+(?:-S\s+)?)?(?P<program>python|node|deno|bash|zsh|ksh|sh|ruby|perl|php|lua)[\d.]*\b"
)
_BY_PROGRAM = {"node": "javascript", "deno": "typescript", "sh": "bash", "zsh": "bash", "ksh": "bash"}
_TYPESETTING = re.compile(r"\s*<\?xml[^>]*>\s*(?:<!DOCTYPE\s+TS|<TS\b)")
_CPP_ONLY = re.compile(r"^\s*(?:class|namespace|template\s*<|using\s+\w|public:|private:)|\bstd::", re.MULTILINE)
_OBJECTIVE = re.compile(r"^\s*@(?:interface|implementation|protocol)\b", re.MULTILINE)


def ending(name: str) -> str:
    """What a file's name ends on, without the dot; empty if it has none."""
    last = re.split(r"[\\/]", name)[-1].lower()
    return last.rpartition(".")[2] if "." in last.lstrip(".") else ""


def ending_of(media_type: str) -> str | None:
    """What names of a language's files end on, by the media type they are served by."""
    return (_ENDINGS.get(media_type.removeprefix("text/x-")) or "").partition(" ")[0] or None


def language_of(name: str, beginning: str) -> str | None:
    """The language, or None if this is no source code."""
    if shebang := _SHEBANG.match(beginning):
        return _BY_PROGRAM.get(shebang["program"], shebang["program"])
    if beginning.lstrip().startswith("<?php"):
        return "php"
    last = re.split(r"[\\/]", name)[-1].lower()
    language = _BY_NAME.get(last) or _BY_ENDING.get(ending(name))
    if language == "typescript" and _TYPESETTING.match(beginning):
        return "xml"  # Qt's translations end on .ts too
    if language == "c" and _OBJECTIVE.search(beginning):
        return "objc"
    return "cpp" if language == "c" and ending(name) == "h" and _CPP_ONLY.search(beginning) else language
