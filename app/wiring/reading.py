"""Roof, wiring: what reads files: processes of our own, and Docling where an operator names one."""

from __future__ import annotations

from app.outbound.client import OutboundClient
from app.outbound.guard import Guard
from app.outbound.transport import GuardedTransport
from app.settings import Settings
from indexing.extraction.apart import Extractor
from indexing.extraction.docling.extractor import DoclingExtractor
from indexing.extraction.docling.server import DoclingServer


def extractor(settings: Settings) -> Extractor:
    """Nothing is started and nobody called before there is a file."""
    if not settings.docling_url:
        return Extractor(settings.reading_processes)
    client = OutboundClient(GuardedTransport(Guard.for_configured()))
    server = DoclingServer(client, settings.docling_url, settings.docling_api_key.get_secret_value())
    return DoclingExtractor(server, settings.reading_processes)
