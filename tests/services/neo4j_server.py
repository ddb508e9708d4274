"""A Neo4j of the tests' own: the server of the harness that Maven has resolved, on loopback, in a folder of its own."""

from __future__ import annotations

import secrets
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from neo4j import GraphDatabase
from neo4j.exceptions import AuthError, DriverError, Neo4jError

from tests.services.servers import ServerMissingError, in_memory, program, running
from tests.world.ports import LOOPBACK, kept_port

HARNESS = ("org.neo4j.test", "neo4j-harness", "5.26.0")  # .ci/run resolves the same
CHARGE = "org.neo4j.server.CommunityEntryPoint"
USER = "neo4j"
_OPENS = ("java.base/java.nio", "java.base/java.lang", "java.base/sun.nio.ch", "java.base/java.util.concurrent")
_POM = """<project><modelVersion>4.0.0</modelVersion>
<groupId>scaigrid</groupId><artifactId>tests</artifactId><version>1</version>
<dependencies><dependency><groupId>{}</groupId><artifactId>{}</artifactId><version>{}</version></dependency></dependencies>
</project>"""
_SETTINGS = """server.bolt.listen_address={address}
server.bolt.advertised_address={address}
server.http.enabled=false
server.https.enabled=false
server.memory.pagecache.size={cache}
db.tx_log.preallocate=false
dbms.usage_report.enabled=false
dbms.security.auth_max_failed_attempts=0
"""


@cache
def class_path() -> str:
    """Where its parts are, asking nobody but this machine."""
    maven = program("mvn")
    with tempfile.TemporaryDirectory(prefix="scaigrid-neo4j-") as name:
        folder = Path(name)
        (folder / "pom.xml").write_text(_POM.format(*HARNESS))
        goal = "org.apache.maven.plugins:maven-dependency-plugin:build-classpath"
        command = [maven, "-o", "-q", "-B", goal, f"-Dmdep.outputFile={folder / 'path'}"]
        done = subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True)
        if done.returncode != 0:
            message = "Neo4j is not here: Maven has not resolved it (.ci/run does)"
            raise ServerMissingError(message)
        return (folder / "path").read_text()


@dataclass(frozen=True, slots=True)
class Neo4j:
    """Where a Neo4j of our own lives; what it was told to keep is there when it is started again."""

    folder: Path
    port: int
    password: str = field(default_factory=lambda: secrets.token_hex(8))
    heap: str = "1g"
    cache: str = "128m"  # of what is on the disk

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"bolt://{LOOPBACK}:{self.port}"

    @contextmanager
    def started(self) -> Iterator[subprocess.Popen[bytes]]:
        """Run it until the block ends."""
        settings = self.folder / "conf"
        settings.mkdir(exist_ok=True)
        (settings / "neo4j.conf").write_text(_SETTINGS.format(address=f"{LOOPBACK}:{self.port}", cache=self.cache))
        command = [
            program("java"),
            "-Xms512m",
            f"-Xmx{self.heap}",
            "-XX:+UseSerialGC",
            *(f"--add-opens={package}=ALL-UNNAMED" for package in _OPENS),
            f"--class-path={class_path()}",
            CHARGE,
            f"--home-dir={self.folder}",
            f"--config-dir={settings}",
        ]
        with running(command, self.folder, self._answers) as process:
            yield process

    def _answers(self) -> bool:
        """Whether it lets our user in; a new one does after its first password was changed."""
        try:
            with GraphDatabase.driver(self.url, auth=(USER, self.password)) as driver:
                driver.verify_connectivity()
        except AuthError:
            self._settle_password()
            return False
        except (DriverError, Neo4jError, OSError):
            return False
        return True

    def _settle_password(self) -> None:
        change = "ALTER CURRENT USER SET PASSWORD FROM 'neo4j' TO $password"
        try:
            with GraphDatabase.driver(self.url, auth=(USER, "neo4j")) as driver:
                driver.execute_query(change, password=self.password, database_="system")
        except (DriverError, Neo4jError):
            return


@contextmanager
def neo4j_home(**memory: str) -> Iterator[Neo4j]:
    """A place for a Neo4j, that does not run yet; `heap` and `cache` are for what is larger than tests are."""
    class_path()
    with kept_port() as port, tempfile.TemporaryDirectory(prefix="scaigrid-neo4j-", dir=in_memory()) as name:
        yield Neo4j(Path(name), port, **memory)
