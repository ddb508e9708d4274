"""Roof, wiring: from connection settings to the adapter that speaks the backend's protocol."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from app.inference.backends.anthropic import Anthropic, anthropic_place
from app.inference.backends.embedded.backend import EMBEDDER, EmbeddedBackend
from app.inference.backends.embedded.minilm.pieces import MARKS, WordPieces
from app.inference.backends.embedded.minilm.weights import ModelFiles
from app.inference.backends.errand import Place
from app.inference.backends.openai_compatible import OpenAICompatible, azure_place, openai_place
from app.inference.counting import TokenCounters, WordCounter
from app.inference.errors import ModelUnavailable
from app.inference.ports import BackendConnection, BackendMaker, ModelBackend

LOCAL = "local"


def lasting_maker(models_folder: Path, *, threads: int) -> BackendMaker:
    """Return what makes the backends that calls go to; those in this process are one and the same."""
    embedded = EmbeddedBackend(models_folder, threads=threads)

    def make(connection: BackendConnection) -> ModelBackend:
        return embedded if connection.provider_type == LOCAL else _remote(connection)

    return make


def passing_maker(models_folder: Path) -> BackendMaker:
    """Return what makes a backend to be looked at and closed again."""

    def make(connection: BackendConnection) -> ModelBackend:
        return EmbeddedBackend(models_folder) if connection.provider_type == LOCAL else _remote(connection)

    return make


def token_counters() -> TokenCounters:
    """Return what counts tokens as the models do; a vocabulary is read when first asked for."""
    pieces = WordPieces(ModelFiles.installed())
    return TokenCounters({(LOCAL, EMBEDDER): WordCounter(pieces.lengths, exact=True, marks=MARKS)})


def _remote(connection: BackendConnection) -> ModelBackend:
    if connection.base_url is None:
        raise ModelUnavailable("The provider of this model has no address.")
    if connection.provider_type == "anthropic":
        return Anthropic(_timed(anthropic_place(connection.base_url, connection.api_key), connection))
    if connection.provider_type == "azure":
        version = connection.api_version or ""
        place = azure_place(connection.base_url, connection.api_key or "", api_version=version)
        return OpenAICompatible(_timed(place, connection), deployments=True)
    return OpenAICompatible(_timed(openai_place(connection.base_url, connection.api_key), connection))


def _timed(place: Place, connection: BackendConnection) -> Place:
    limit = connection.timeout_s
    return replace(place, timeout_s=limit, read_timeout_s=limit)
