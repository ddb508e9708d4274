"""compose.yml gives every part what it needs, and no more."""

from __future__ import annotations

import base64
import os
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.jobs.kinds import Lane
from app.settings import PREFIX
from tests.deploy.composition import INSIDE, ROOT, Composition, choices, left_to_choose
from tests.deploy.settings_reference import known_settings

OURS = {"web", "worker", "long-worker", "scheduler", "migrate"}
STORES = {"mariadb", "redis", "weaviate", "neo4j", "garage"}
REPORT = "import json; from app.settings import read_settings; print(read_settings().model_dump_json())"


@pytest.fixture(scope="module")
def composition(tmp_path_factory: pytest.TempPathFactory) -> Composition:
    return Composition.drawn(tmp_path_factory.mktemp("composition"))


def as_read(composition: Composition, service: str) -> dict[str, Any]:
    """The settings as the platform reads them out of what a service is told."""
    told = {**composition.environment(service), "PATH": os.environ["PATH"]}  # noqa: TID251
    found = subprocess.run(
        [sys.executable, "-c", REPORT], cwd=ROOT, env=told, capture_output=True, text=True, check=False
    )
    assert found.returncode == 0, found.stderr
    read: dict[str, Any] = yaml.safe_load(found.stdout)
    return read


def secret(composition: Composition, name: str) -> str:
    return (composition.folder / ".secrets" / name).read_text(encoding="ascii").strip()


def test_it_is_these_services(composition: Composition) -> None:
    assert set(composition.services) == OURS | STORES
    assert set(composition.ours()) == OURS


def test_what_is_left_to_choose_has_a_value_and_nothing_else_does() -> None:
    example = choices((ROOT / ".env.example").read_text(encoding="utf-8"))
    assert left_to_choose((ROOT / "compose.yml").read_text(encoding="utf-8")) == set(example)


def test_every_setting_is_one_there_is(composition: Composition) -> None:
    told = {name for service in OURS for name in composition.services[service]["environment"]}
    assert {name.removesuffix("_FILE") for name in told} <= known_settings()


@pytest.mark.parametrize("service", sorted(OURS))
def test_the_platform_takes_what_it_is_told_and_every_part_is_a_real_server(
    composition: Composition, service: str
) -> None:
    read = as_read(composition, service)
    parts = ("weaviate_url", "neo4j_url", "s3_endpoint_url", "s3_bucket", "s3_access_key")
    assert all(read[part] for part in parts)
    hosts = {re.sub(r"^\w+://([^:/]+).*", r"\1", read[part]) for part in parts[:3]}
    assert hosts == {"weaviate", "neo4j", "garage"}
    assert set(composition.services[service]["networks"]) >= {"stores"}


def test_what_the_platform_is_told_opens_what_the_stores_are_told(composition: Composition) -> None:
    mariadb, redis = secret(composition, "mariadb_password"), secret(composition, "redis_password")
    assert secret(composition, "database_url") == f"mysql+aiomysql://scaigrid:{mariadb}@mariadb:3306/scaigrid"
    assert secret(composition, "redis_url") == f"redis://:{redis}@redis:6379/0"
    assert secret(composition, "broker_url") == f"redis://:{redis}@redis:6379/1"
    assert f"requirepass {redis}" in secret(composition, "redis_conf")
    assert secret(composition, "neo4j_auth") == f"neo4j/{secret(composition, 'neo4j_password')}"
    weaviate, garage = (choices(secret(composition, f"{name}.env")) for name in ("weaviate", "garage"))
    assert weaviate == {"AUTHENTICATION_APIKEY_ALLOWED_KEYS": secret(composition, "weaviate_api_key")}
    assert garage["GARAGE_DEFAULT_ACCESS_KEY"] == secret(composition, "s3_access_key")
    assert garage["GARAGE_DEFAULT_SECRET_KEY"] == secret(composition, "s3_secret_key")
    bucket = composition.services["garage"]["environment"]["GARAGE_DEFAULT_BUCKET"]
    assert composition.services["web"]["environment"][f"{PREFIX}S3_BUCKET"] == bucket
    assert composition.services["mariadb"]["environment"]["MARIADB_USER"] == "scaigrid"
    region = composition.services["web"]["environment"][f"{PREFIX}S3_REGION"]
    assert f's3_region = "{region}"' in (ROOT / "deploy/compose/garage.toml").read_text(encoding="utf-8")


def test_only_servers_hold_the_first_key_and_only_mariadb_its_root_password(composition: Composition) -> None:
    holders = {
        name: {service for service in composition.services if name in composition.held(service)}
        for name in composition.whole["secrets"]
    }
    assert holders["bootstrap_key"] == {"web"}
    assert holders["mariadb_root_password"] == {"mariadb"}
    assert {name for name, by in holders.items() if not by} == set()


@pytest.mark.parametrize("service", sorted(OURS | STORES))
def test_every_secret_file_that_is_named_is_mounted(composition: Composition, service: str) -> None:
    said = yaml.safe_dump(composition.services[service])
    assert set(re.findall(rf"{INSIDE}(\w+)", said)) == composition.held(service)


@pytest.mark.parametrize("service", sorted(OURS | STORES))
def test_no_service_has_a_right_it_does_not_need(composition: Composition, service: str) -> None:
    one = composition.services[service]
    assert one["cap_drop"] == ["ALL"]
    assert one["security_opt"] == ["no-new-privileges:true"]
    assert one["read_only"] is (service != "neo4j")
    assert not {"privileged", "cap_add", "network_mode", "pid", "ipc", "devices"} & set(one)
    assert "docker.sock" not in yaml.safe_dump(one)
    version = one["image"].rpartition(":")[2]
    assert re.search(r"\d+\.\d+\.\d+", version), "which release?"


@pytest.mark.parametrize("service", sorted((OURS | STORES) - {"migrate"}))
def test_every_service_that_stays_says_whether_it_is_well(composition: Composition, service: str) -> None:
    one = composition.services[service]
    assert one["healthcheck"]["test"][0] in {"CMD", "CMD-SHELL"}
    assert one["restart"] == "unless-stopped"
    assert one["stop_grace_period"] if service != "redis" else True


def test_nothing_of_ours_starts_before_the_database_is_migrated_and_the_stores_are_well(
    composition: Composition,
) -> None:
    for name in OURS - {"migrate"}:
        waits = composition.services[name]["depends_on"]
        assert waits["migrate"] == {"condition": "service_completed_successfully"}
        assert {other for other, until in waits.items() if until == {"condition": "service_healthy"}} == STORES - {
            "mariadb"
        }
    assert composition.services["migrate"]["depends_on"] == {"mariadb": {"condition": "service_healthy"}}
    assert composition.services["migrate"]["restart"] == "no"


def test_only_the_server_is_published_and_only_on_loopback(composition: Composition) -> None:
    assert {name for name, one in composition.services.items() if "ports" in one} == {"web"}
    assert composition.services["web"]["ports"] == ["127.0.0.1:8000:8000"]
    assert composition.whole["networks"]["stores"] == {"internal": True}
    assert {name for name in STORES if composition.services[name]["networks"] != ["stores"]} == set()


def test_every_lane_is_somebodys_and_the_clock_is_the_schedulers(composition: Composition) -> None:
    commands = [one["command"] for name, one in composition.services.items() if name.endswith("worker")]
    lanes = [lane for command in commands for lane in command[command.index("--lanes") + 1].split(",")]
    assert sorted(lanes) == sorted(Lane)
    assert composition.services["scheduler"]["command"] == ["scheduler"]
    assert all(as_read(composition, name)["rounds"] is False for name in ("web", "worker", "long-worker"))


def test_every_volume_is_somebodys(composition: Composition) -> None:
    named = {
        volume.partition(":")[0]
        for one in composition.services.values()
        for volume in one.get("volumes", ())
        if not volume.startswith(("/", "."))
    }
    assert named == set(composition.whole["volumes"])


def test_secrets_are_drawn_once_by_chance_and_for_their_owner(composition: Composition, tmp_path: Path) -> None:
    folder = composition.folder / ".secrets"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(one.stat().st_mode) for one in folder.glob("*.env")} == {0o600}
    assert len(base64.b64decode(secret(composition, "secret_key"))) == 32
    other = Composition.drawn(tmp_path)
    same = {one.name for one in folder.iterdir() if one.read_bytes() == (tmp_path / ".secrets" / one.name).read_bytes()}
    assert same == {"scaikey_client_secret", "scaikey_webhook_secret"}
    before = secret(other, "secret_key")
    again = subprocess.run(
        [sys.executable, ROOT / "scripts/make_secrets.py", tmp_path], check=True, capture_output=True
    )
    assert b"stays as it is" in again.stdout
    assert secret(other, "secret_key") == before


def test_nothing_secret_is_in_the_repository_or_the_image() -> None:
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").split()
    assert {".env", ".secrets/"} <= set(ignored)
    if shutil.which("git") and (ROOT / ".git").exists():
        kept = subprocess.run(["git", "ls-files", ".env", ".secrets"], cwd=ROOT, capture_output=True, check=True)
        assert kept.stdout == b""
