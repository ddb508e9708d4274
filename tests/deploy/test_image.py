"""The image holds what runs and nothing else, and runs as nobody in particular."""

from __future__ import annotations

import re

from tests.deploy.composition import ROOT
from tests.deploy.image import stages
from tests.deploy.settings_reference import known_settings
from tests.house.sources import STOREYS, configuration


def test_every_stage_stands_on_one_release() -> None:
    assert [stage.base for stage in stages() if not re.search(r":\d+\.\d+\.\d+(-\w+)+$", stage.base)] == []


def test_what_runs_is_nobody_in_particular_and_says_whether_it_is_well() -> None:
    final = stages()[-1]
    assert re.fullmatch(r"[1-9]\d{3,}:[1-9]\d{3,}", final.last("USER"))
    assert final.instructions.index(("USER", final.last("USER"))) > max(
        at for at, (word, _) in enumerate(final.instructions) if word in {"RUN", "COPY"}
    )
    assert "app.alive" in final.last("HEALTHCHECK")
    assert final.last("STOPSIGNAL") == "SIGTERM"
    assert final.last("ENTRYPOINT") == ["python", "-m", "app.cli"]
    assert final.last("CMD") == ["serve"]
    assert final.last("VOLUME") == [final.environment()["SCAIGRID_HOME"]]


def test_its_settings_are_some_there_are_and_none_is_secret() -> None:
    said = {name for stage in stages() for name in stage.environment() if name.startswith("SCAIGRID_")}
    assert said <= known_settings()
    words = " ".join(said for stage in stages() for word, said in stage.instructions if word in {"ENV", "ARG"})
    assert not re.search(r"(?i)secret|password|token|api_key", words)


def test_every_storey_is_in_it_and_the_environment_is_the_locked_one() -> None:
    taken = {source for stage in stages() for source in stage.taken()}
    assert set(STOREYS) <= taken
    made = next(stage for stage in stages() if stage.name == "environment")
    (install,) = [said for said in made.all("RUN") if " install " in said]
    assert {"--require-hashes", "--no-deps", "--only-binary=:all:"} <= set(install.split())
    assert "requirements/runtime.txt" in taken
    python = re.search(r"python:(\d+\.\d+)", made.base)
    assert python is not None
    assert configuration()["project"]["requires-python"] == f">={python[1]}"


def test_what_it_takes_is_there_and_is_let_in() -> None:
    let_in = [
        line[1:] for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines() if line.startswith("!")
    ]
    for source in {source for stage in stages() for source in stage.taken()}:
        assert any(source == one or source.startswith(f"{one}/") for one in let_in), source
        assert (ROOT / source).exists(), source


def test_everything_else_stays_outside() -> None:
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert next(line for line in lines if not line.startswith("#")) == "*"
    assert not any(line.startswith(("!.", "!tests", "!deploy")) for line in lines)
