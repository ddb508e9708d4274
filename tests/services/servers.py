"""Private servers for the tests: each on loopback, in a folder of its own, gone when its block ends."""

import os
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pymysql
import redis
from sqlalchemy.engine import URL, make_url

from tests.world.ports import LOOPBACK, kept_port

SYSTEM_FOLDERS = "/usr/sbin:/sbin:/usr/local/sbin"  # not on every user's PATH
RABBITMQ_FOLDER = "/usr/lib/rabbitmq/bin"  # Debian's program on PATH insists on the system's own user
AMQP_GREETING = b"AMQP\0\0\x09\1"
START_SECONDS = 60
STOP_SECONDS = 20
PLENTY = 4 * 2**30  # bytes; what servers of one run keep is a tenth of it


class ServerMissingError(Exception):
    """The server's program is not installed here."""


class ServerFailedError(Exception):
    """The server's program is here but did not come up; its own words are the message."""


def program(name: str, first: str = "") -> str:
    """Where a server's program is, looking into one folder before all others."""
    found = shutil.which(name, path=first) or shutil.which(name) or shutil.which(name, path=SYSTEM_FOLDERS)
    if found is None:
        message = f"{name} is not installed here"
        raise ServerMissingError(message)
    return found


def as_this_user() -> list[str]:
    """MariaDB refuses to run as root unless told to."""
    return ["--user=root"] if os.geteuid() == 0 else []


def stop(process: subprocess.Popen[bytes]) -> None:
    """End one server by its process, gently first."""
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@contextmanager
def running(
    command: Sequence[str], folder: Path, answers: Callable[[], bool], surroundings: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server until the block ends, entering the block once it answers."""
    log = folder / f"{Path(command[0]).name}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=folder, env=surroundings, stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )
    try:
        deadline = time.monotonic() + START_SECONDS
        while not answers():
            if process.poll() is not None or time.monotonic() > deadline:
                raise ServerFailedError(log.read_text(errors="replace")[-2000:])
            time.sleep(0.05)
        yield process
    finally:
        stop(process)


def in_memory() -> str | None:
    """A folder that is memory, where there is plenty: on a disk, a server waits for it at every table and commit."""
    folder = Path("/dev/shm")  # noqa: S108 - a server makes one of its own there
    plenty = os.access(folder, os.W_OK) and shutil.disk_usage(folder).free > PLENTY
    return str(folder) if plenty else None


@contextmanager
def mariadb(memory: str = "32M") -> Iterator[URL]:
    """A MariaDB of our own, which keeps so much in memory; the address has a password and no database yet."""
    server, installer = program("mariadbd"), program("mariadb-install-db")
    with kept_port() as port, tempfile.TemporaryDirectory(prefix="scaigrid-mariadb-", dir=in_memory()) as name:
        address = URL.create("mysql+aiomysql", "scaigrid", secrets.token_hex(8), LOOPBACK, port)
        folder = Path(name)
        data = f"--datadir={folder / 'data'}"
        made = subprocess.run(
            [installer, "--no-defaults", data, "--skip-test-db", *as_this_user()],
            check=False,
            capture_output=True,
            text=True,
        )
        if made.returncode != 0:
            raise ServerFailedError(made.stdout + made.stderr)
        opening = folder / "init.sql"
        opening.write_text(
            f"CREATE USER '{address.username}'@'{LOOPBACK}' IDENTIFIED BY '{address.password}';\n"
            f"GRANT ALL ON *.* TO '{address.username}'@'{LOOPBACK}';\n"
        )
        command = [
            server,
            "--no-defaults",
            data,
            f"--init-file={opening}",
            f"--bind-address={LOOPBACK}",
            f"--port={address.port}",
            "--max-connections=2000",  # a suite opens many platforms, each with pools of its own
            "--innodb-flush-log-at-trx-commit=2",  # outlives a server that is killed, if not its machine
            "--skip-innodb-doublewrite",
            "--socket=mariadb.sock",  # within the data folder: a whole path may be too long for a socket
            "--pid-file=mariadb.pid",
            "--skip-name-resolve",
            "--character-set-server=utf8mb4",
            "--collation-server=utf8mb4_unicode_ci",
            f"--innodb-buffer-pool-size={memory}",
            "--innodb-log-file-size=8M",
            "--aria-pagecache-buffer-size=1M",
            "--key-buffer-size=1M",
            "--performance-schema=OFF",
            "--skip-log-bin",
            *as_this_user(),
        ]
        with running(command, folder, lambda: mariadb_answers(address)):
            yield address


def mariadb_connection(address: URL) -> pymysql.Connection:
    """A plain blocking connection for the tests' own housekeeping."""
    return pymysql.connect(
        host=address.host or LOOPBACK,
        port=address.port or 3306,
        user=address.username,
        password=address.password or "",
    )


def mariadb_answers(address: URL) -> bool:
    """Whether the server lets its user in."""
    try:
        mariadb_connection(address).close()
    except pymysql.err.OperationalError:
        return False
    return True


@contextmanager
def fresh_database(server: str | URL) -> Iterator[URL]:
    """An empty database on a server, dropped when the block ends."""
    address = make_url(server).set(database=f"scaigrid_test_{secrets.token_hex(4)}")
    with closing(mariadb_connection(address)) as connection, connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {address.database} CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci")
    try:
        yield address
    finally:
        with closing(mariadb_connection(address)) as connection, connection.cursor() as cursor:
            cursor.execute(f"DROP DATABASE {address.database}")


@contextmanager
def redis_server() -> Iterator[str]:
    """A Redis of our own that writes nothing to disk."""
    server = program("redis-server")
    with kept_port() as port, tempfile.TemporaryDirectory(prefix="scaigrid-redis-") as name:
        address = f"redis://{LOOPBACK}:{port}/0"
        command = [server, "--bind", LOOPBACK, "--port", str(port), "--save", "", "--appendonly", "no", "--dir", name]
        with running(command, Path(name), lambda: redis_answers(address)):
            yield address


def redis_answers(address: str) -> bool:
    """Whether the server answers a ping."""
    try:
        with redis.Redis.from_url(address) as client:
            return client.ping() is True
    except redis.ConnectionError:
        return False


@dataclass(frozen=True, slots=True)
class RabbitMQ:
    """Where a RabbitMQ of our own lives; what it was told to keep is there when it is started again."""

    folder: Path
    port: int
    names_port: int
    nodes_port: int
    password: str = field(default_factory=lambda: secrets.token_hex(8))

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"amqp://scaigrid:{self.password}@{LOOPBACK}:{self.port}/%2F"

    @contextmanager
    def started(self) -> Iterator[subprocess.Popen[bytes]]:
        """Run it, with a name server of its own, until the block ends."""
        server, names = program("rabbitmq-server", first=RABBITMQ_FOLDER), program("epmd")
        surroundings = self._surroundings(Path(names).parent)
        with (
            running([names], self.folder, lambda: bool(first_words(self.names_port, b"\0\1n")), surroundings),
            running([server], self.folder, self._answers, surroundings) as process,
        ):
            yield process

    def _answers(self) -> bool:
        return bool(first_words(self.port, AMQP_GREETING))

    def _surroundings(self, programs: Path) -> dict[str, str]:
        folder = self.folder
        settings = folder / "rabbitmq.conf"
        settings.write_text(
            f"listeners.tcp.1 = {LOOPBACK}:{self.port}\ndefault_user = scaigrid\ndefault_pass = {self.password}\n"
        )
        return {
            "PATH": f"{programs}:{os.defpath}",
            "HOME": str(folder),  # Erlang keeps its cookie there
            "ERL_EPMD_ADDRESS": LOOPBACK,
            "ERL_EPMD_PORT": str(self.names_port),
            "RABBITMQ_ALLOW_INPUT": "true",  # the server itself, without a script around it that outlives it
            "RABBITMQ_CONFIG_FILE": str(settings),
            "RABBITMQ_CONF_ENV_FILE": os.devnull,
            "RABBITMQ_DIST_PORT": str(self.nodes_port),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"),
            "RABBITMQ_LOG_BASE": str(folder),
            "RABBITMQ_LOGS": "-",
            "RABBITMQ_MNESIA_BASE": str(folder / "data"),
            "RABBITMQ_NODENAME": "scaigrid@localhost",
            "RABBITMQ_PID_FILE": str(folder / "pid"),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-noinput -kernel inet_dist_use_interface {127,0,0,1}",
        }


@contextmanager
def rabbitmq_home() -> Iterator[RabbitMQ]:
    """A place for a RabbitMQ, that does not run yet."""
    with (
        kept_port() as port,
        kept_port() as names_port,
        kept_port() as nodes_port,
        tempfile.TemporaryDirectory(prefix="scaigrid-rabbitmq-") as name,
    ):
        yield RabbitMQ(Path(name), port, names_port, nodes_port)


@contextmanager
def rabbitmq() -> Iterator[str]:
    """A RabbitMQ of our own."""
    with rabbitmq_home() as home, home.started():
        yield home.url


def first_words(port: int, greeting: bytes) -> bytes:
    """What a loopback server says to a greeting; nothing while it is not there."""
    try:
        with socket.create_connection((LOOPBACK, port), timeout=5) as connection:
            connection.sendall(greeting)
            return connection.recv(1024)
    except OSError:
        return b""
