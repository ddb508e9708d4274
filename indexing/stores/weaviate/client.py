"""Knowing, stores: the client of a Weaviate server, and what its failures mean for those who asked."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import grpc
import httpx
from weaviate import WeaviateAsyncClient
from weaviate.auth import Auth
from weaviate.classes.init import AdditionalConfig, Timeout
from weaviate.config import GrpcConfig
from weaviate.connect import ConnectionParams, executor
from weaviate.exceptions import UnexpectedStatusCodeError, WeaviateBaseError, WeaviateProtobufIncompatibility

from indexing.errors import StoreUnavailable
from indexing.stores.weaviate.address import Address

T = TypeVar("T")

AWAY = "The vector store (Weaviate) does not answer, or not as it should."
STRANGE = "What answers at SCAIGRID_WEAVIATE_URL is not Weaviate."
REFUSED = "The vector store (Weaviate) does not accept SCAIGRID_WEAVIATE_API_KEY."

OLDEST = (1, 37)  # nothing older has been asked whether it keeps these promises
OPENING_SECONDS = 5
PATIENCE_SECONDS = 2
TIMEOUTS = Timeout(query=20, insert=90, init=OPENING_SECONDS)
CHANNEL = [
    ("grpc.enable_http_proxy", 0),  # gRPC would read the machine's proxy by itself
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.min_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 2000),  # of itself it stays away for up to two minutes from what is back
]
FAILURES = (WeaviateBaseError, WeaviateProtobufIncompatibility, httpx.HTTPError, grpc.RpcError, OSError)
_UNWELCOME = (401, 403)

logging.getLogger("weaviate-client").setLevel(logging.CRITICAL)  # it would log whole chunks that were not taken


async def open_client(address: Address) -> WeaviateAsyncClient:
    """Connect; nobody but the server is asked anything."""
    client = WeaviateAsyncClient(
        connection_params=ConnectionParams.from_params(
            http_host=address.host,
            http_port=address.port,
            http_secure=address.secure,
            grpc_host=address.host,
            grpc_port=address.grpc_port,
            grpc_secure=address.secure,
        ),
        auth_client_secret=Auth.api_key(address.api_key) if address.api_key else None,
        additional_config=AdditionalConfig(timeout=TIMEOUTS, grpc_config=GrpcConfig(channel_options=CHANNEL)),
        skip_init_checks=True,  # one of them asks a package registry for a newer client
    )
    try:
        await client.connect()
        _check_version((await client.get_meta())["version"])
    except BaseException as error:
        await client.close()
        if isinstance(
            error, AttributeError | LookupError | TypeError | ValueError
        ):  # there is no version in what it was answered
            raise StoreUnavailable(STRANGE) from error
        raise
    return client


def _check_version(said: str) -> None:
    if tuple(map(int, said.split(".")[:2])) < OLDEST:
        raise StoreUnavailable(f"Weaviate {said} is too old: it must be {OLDEST[0]}.{OLDEST[1]} or newer.")


@contextmanager
def translated() -> Iterator[None]:
    """Say every failure of the client or of its wire as the port promises."""
    try:
        yield
    except FAILURES as error:
        refused = isinstance(error, UnexpectedStatusCodeError) and error.status_code in _UNWELCOME
        raise StoreUnavailable(REFUSED if refused else AWAY) from error


async def answered(client: WeaviateAsyncClient, question: Coroutine[Any, Any, T]) -> T:
    """Wait for an answer while both doors are open: the client would knock for a minute at one that is not."""
    asked = asyncio.ensure_future(question)
    try:
        while not (await asyncio.wait({asked}, timeout=PATIENCE_SECONDS))[0]:
            async with asyncio.timeout(OPENING_SECONDS):  # who takes a question and is silent is no better than away
                await client.get_meta()
                await executor.aresult(client._connection._ping_grpc("async"))
        return asked.result()
    finally:
        asked.cancel()
