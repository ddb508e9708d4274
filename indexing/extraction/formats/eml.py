"""Knowing, extraction: mail messages: who, when and about what, and the text; attachments are named, not read."""

from __future__ import annotations

from email import policy
from email.message import EmailMessage
from email.parser import BytesParser

from indexing.extraction import notation
from indexing.extraction.builder import TextBuilder
from indexing.extraction.decoding import decode
from indexing.extraction.errors import FileEmpty, FileTooComplex
from indexing.extraction.page_tree import declared_encoding, parse_page
from indexing.extraction.source import Reading, Source
from indexing.extraction.text import TextForm
from indexing.extraction.whole_page import whole_text

_HEADERS = ("From", "To", "Cc", "Date", "Subject")
_MOST_PARTS = 5_000
_LONGEST_HEADER = 2_000


def read(source: Source) -> Reading:
    """The message as a letter: headers, text, names of attachments."""
    message = BytesParser(policy=policy.default).parsebytes(source.data)
    if sum(1 for _, _ in zip(message.walk(), range(_MOST_PARTS + 1), strict=False)) > _MOST_PARTS:
        raise FileTooComplex(f"It has more than {_MOST_PARTS} parts.")
    builder = TextBuilder(source.limits)
    headers = {name: value for name in _HEADERS if (value := _header(message, name))}
    builder.write("\n".join(f"{name}: {value}" for name, value in headers.items()))
    form = _body(builder, message)
    if names := [_attachment(part) for part in message.iter_attachments()]:
        builder.write("Attachments: " + ", ".join(names))
    return builder.finish(form, title=headers.get("Subject"))


def _header(message: EmailMessage, name: str) -> str:
    return " ".join(notation.without_controls(str(message.get(name, ""))).split())[:_LONGEST_HEADER]


def _body(builder: TextBuilder, message: EmailMessage) -> TextForm:
    body = message.get_body(preferencelist=("plain", "html"))
    data = body.get_payload(decode=True) if body is not None else None
    if body is None or not isinstance(data, bytes) or not data.strip():
        return TextForm.PROSE
    is_page = body.get_content_subtype() == "html"
    decoded = decode(data, declared=body.get_content_charset() or (declared_encoding(data) if is_page else None))
    builder.warnings += decoded.warnings
    if not is_page:
        builder.write(notation.without_controls(decoded.text).strip())
        return TextForm.PROSE
    try:
        builder.markdown(whole_text(parse_page(decoded.text)))
    except FileEmpty:
        return TextForm.PROSE  # its headers are still something
    return TextForm.MARKDOWN


def _attachment(part: EmailMessage) -> str:
    name = notation.without_controls(part.get_filename() or "").strip()[:200]
    return f"{name or 'without a name'} ({part.get_content_type()})"
