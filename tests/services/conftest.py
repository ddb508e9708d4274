"""The real servers of the tests: named by SCAIGRID_TEST_* addresses, or started here, or skipped in one line."""

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from indexing.stores.neo4j.address import Address as Neo4jAddress
from indexing.stores.weaviate.address import Address
from tests.services.neo4j_server import USER, Neo4j, neo4j_home
from tests.services.servers import ServerMissingError, fresh_database, mariadb, rabbitmq, redis_server


def given(name: str) -> str | None:
    """An address from outside; the knob is the tests' own, no setting of the platform."""
    return os.environ.get(name)  # noqa: TID251


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say each reason to skip once, however many tests it kept from running."""
    reasons = Counter(report.longrepr[2] for report in terminalreporter.getreports("skipped"))
    for reason, tests in sorted(reasons.items()):
        terminalreporter.write_line(f"{reason} ({tests} test{'s' * (tests > 1)})")


@pytest.fixture(scope="session")
def mariadb_url() -> Iterator[str]:
    """An empty database on a real MariaDB."""
    with ExitStack() as stack:
        try:
            server = given("SCAIGRID_TEST_MARIADB") or stack.enter_context(mariadb())
        except ServerMissingError as missing:
            pytest.skip(str(missing))
        yield stack.enter_context(fresh_database(server)).render_as_string(hide_password=False)


@pytest.fixture
def own_database(mariadb_url: str) -> Iterator[str]:
    """Another one there, empty, for one test alone."""
    with fresh_database(mariadb_url) as made:
        yield made.render_as_string(hide_password=False)


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """A real Redis."""
    with ExitStack() as stack:
        try:
            yield given("SCAIGRID_TEST_REDIS") or stack.enter_context(redis_server())
        except ServerMissingError as missing:
            pytest.skip(str(missing))


@pytest.fixture(scope="session")
def rabbitmq_url() -> Iterator[str]:
    """A real RabbitMQ."""
    with ExitStack() as stack:
        try:
            yield given("SCAIGRID_TEST_RABBITMQ") or stack.enter_context(rabbitmq())
        except ServerMissingError as missing:
            pytest.skip(str(missing))


@pytest.fixture(scope="session")
def weaviate_address() -> Address:
    """A real Weaviate; none is started here."""
    url = given("SCAIGRID_TEST_WEAVIATE")
    if not url:
        pytest.skip("SCAIGRID_TEST_WEAVIATE names no Weaviate (http://host:port)")
    return Address.of(url, int(given("SCAIGRID_TEST_WEAVIATE_GRPC_PORT") or 50051))


@pytest.fixture(scope="session")
def neo4j_address() -> Iterator[Neo4jAddress]:
    """A real Neo4j; of one named from outside only the graphs of these tests are touched."""
    url = given("SCAIGRID_TEST_NEO4J")
    if url:
        yield Neo4jAddress.of(url, USER, given("SCAIGRID_TEST_NEO4J_PASSWORD") or "")
        return
    with ExitStack() as stack:
        try:
            home = stack.enter_context(neo4j_home())
            stack.enter_context(home.started())
        except ServerMissingError as missing:
            pytest.skip(str(missing))
        yield Neo4jAddress.of(home.url, USER, home.password)


@pytest.fixture
def own_neo4j() -> Iterator[Neo4j]:
    """The place of a Neo4j of one test alone, which starts and stops it."""
    with ExitStack() as stack:
        try:
            yield stack.enter_context(neo4j_home())
        except ServerMissingError as missing:
            pytest.skip(str(missing))
