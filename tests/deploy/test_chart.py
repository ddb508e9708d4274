"""The chart under deploy/helm, as its files say, and as Helm renders it where there is Helm."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from app.jobs.kinds import Lane
from tests.deploy.composition import ROOT
from tests.deploy.image import stages
from tests.deploy.settings_reference import known_settings

CHART = ROOT / "deploy/helm/scaigrid"
HELM = shutil.which("helm")
needs_helm = pytest.mark.skipif(HELM is None, reason="helm is not installed here: the chart is read, not rendered")
EVERYTHING = """
image: {repository: registry.example.com/scaigrid, digest: "sha256:%s"}
settings: {WEAVIATE_URL: http://weaviate:8080, NEO4J_URL: neo4j://neo4j:7687, S3_BUCKET: scaigrid}
secrets: {REDIS_URL: {name: scaigrid, key: redis-url}, S3_SECRET_KEY: {name: scaigrid, key: s3-secret-key}}
bootstrapKey: {name: scaigrid, key: bootstrap-key}
web: {autoscaling: {enabled: true}, shutdownSeconds: 40}
ingress: {enabled: true, host: ai.example.com, tlsSecret: tls}
""" % ("0" * 64)
WRONG = {
    "a secret that is missing": "secrets: {DATABASE_URL: {name: '', key: x}}",
    "a lane there is not": "workers: {ingest: {lanes: [everything], jobs: 1, replicas: 1}}",
    "a value nobody reads": "replicas: 3",
    "the newest image, whichever": "image: {tag: latest}",
    "a setting that is the chart's own": "settings: {HOME: /data}",
}
Rendered = list[dict[str, Any]]


def values() -> Any:
    return yaml.safe_load((CHART / "values.yaml").read_text(encoding="utf-8"))


def helm(*arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
    assert HELM is not None
    return subprocess.run(
        [HELM, *arguments, str(CHART), "--values", "-", "--kube-version", "1.31.0"],
        input=given, capture_output=True, text=True, check=False, env={"HOME": "/nonexistent"},
    )  # fmt: skip


def rendered(given: str) -> Rendered:
    said = helm("template", "grid", given=given)
    assert said.returncode == 0, said.stderr
    return [one for one in yaml.safe_load_all(said.stdout) if one]


def of_kind(found: Rendered, *kinds: str) -> Iterator[dict[str, Any]]:
    return (one for one in found if one["kind"] in kinds)


def component(one: dict[str, Any]) -> str:
    return str(one["spec"]["template"]["metadata"]["labels"]["app.kubernetes.io/component"])


def test_every_setting_it_names_is_one_there_is() -> None:
    said = {f"SCAIGRID_{name}" for name in (*values()["settings"], *values()["secrets"], "BOOTSTRAP_KEY")}
    assert said <= known_settings()


def test_it_is_of_the_release_the_project_is_and_knows_every_lane() -> None:
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text(encoding="utf-8"))
    assert f'version = "{chart["appVersion"]}"' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert sorted(lane for worker in values()["workers"].values() for lane in worker["lanes"]) == sorted(Lane)
    schema = json.loads((CHART / "values.schema.json").read_text(encoding="utf-8"))
    worker = schema["properties"]["workers"]["additionalProperties"]["properties"]
    assert worker["lanes"]["items"]["enum"] == list(Lane)
    assert set(values()) <= set(schema["properties"])


def test_it_holds_no_secret() -> None:
    texts = [path.read_text(encoding="utf-8") for path in CHART.rglob("*") if path.is_file()]
    assert not any("kind: Secret" in text or "sgk_" in text for text in texts)


@needs_helm
@pytest.mark.parametrize("given", ["", EVERYTHING])
def test_helm_finds_nothing_to_say_of_it(given: str) -> None:
    said = helm("lint", "--strict", given=given)
    assert said.returncode == 0, said.stdout


@needs_helm
@pytest.mark.parametrize("given", ["", EVERYTHING])
def test_every_pod_may_do_as_little_as_the_image_needs(given: str) -> None:
    user = int(stages()[-1].last("USER").partition(":")[0])
    pods = [one["spec"]["template"]["spec"] for one in of_kind(rendered(given), "Deployment", "Job")]
    assert len(pods) == 5
    for pod in pods:
        assert pod["automountServiceAccountToken"] is False
        assert pod["enableServiceLinks"] is False
        context = pod["securityContext"]
        assert (context["runAsNonRoot"], context["runAsUser"]) == (True, user)
        assert context["seccompProfile"] == {"type": "RuntimeDefault"}
        for container in pod["containers"]:
            own = container["securityContext"]
            assert own["readOnlyRootFilesystem"] is True
            assert own["allowPrivilegeEscalation"] is False
            assert own["capabilities"] == {"drop": ["ALL"]}
            assert {mount["mountPath"] for mount in container["volumeMounts"]} == {"/var/lib/scaigrid", "/tmp"}  # noqa: S108
            assert {"requests", "limits"} == set(container["resources"])
            assert not container["image"].endswith(":latest")


@needs_helm
@pytest.mark.parametrize("given", ["", EVERYTHING])
def test_every_process_is_told_settings_there_are_and_secrets_by_name_alone(given: str) -> None:
    told: dict[str, set[str]] = {}
    for one in of_kind(rendered(given), "Deployment", "Job"):
        for entry in one["spec"]["template"]["spec"]["containers"][0]["env"]:
            told.setdefault(component(one), set()).add(entry["name"])
            secret = any(word in entry["name"] for word in ("_SECRET", "PASSWORD", "API_KEY", "DATABASE_URL", "BROKER"))
            assert "valueFrom" in entry or not secret
    assert set().union(*told.values()) <= known_settings()
    needed = {"SCAIGRID_DATABASE_URL", "SCAIGRID_BROKER_URL", "SCAIGRID_SECRET_KEY"}
    assert all(needed <= names for names in told.values())
    holders = {name for name, names in told.items() if "SCAIGRID_BOOTSTRAP_KEY" in names}
    assert holders == ({"web"} if given else set())
    assert {name for name, names in told.items() if "SCAIGRID_ROUNDS" not in names} == {"scheduler", "migration"}


@needs_helm
def test_life_is_asked_for_as_the_platform_answers_and_an_end_is_waited_for() -> None:
    for one in of_kind(rendered(EVERYTHING), "Deployment"):
        pod = one["spec"]["template"]["spec"]
        (container,) = pod["containers"]
        if component(one) == "web":
            paths = [container[f"{kind}Probe"]["httpGet"]["path"] for kind in ("startup", "liveness", "readiness")]
            assert paths == ["/livez", "/livez", "/readyz"]
            drain = {entry["name"]: entry.get("value") for entry in container["env"]}["SCAIGRID_SHUTDOWN_SECONDS"]
            assert pod["terminationGracePeriodSeconds"] >= int(drain) + 5 + 10
        else:
            command = container["livenessProbe"]["exec"]["command"]
            assert command == ["python", "-m", "app.alive", "/var/lib/scaigrid/beat"]


@needs_helm
def test_a_release_is_migrated_before_it_and_drained_nodes_leave_a_server() -> None:
    found = rendered(EVERYTHING)
    (job,) = of_kind(found, "Job")
    assert job["metadata"]["annotations"]["helm.sh/hook"] == "pre-install,pre-upgrade"
    assert job["spec"]["template"]["spec"]["containers"][0]["args"] == ["migrate"]
    assert "serviceAccountName" not in job["spec"]["template"]["spec"], "there is none before the first installation"
    labels = [one["spec"]["template"]["metadata"]["labels"] for one in of_kind(found, "Deployment")]
    for budget in of_kind(found, "PodDisruptionBudget"):
        wanted = budget["spec"]["selector"]["matchLabels"].items()
        assert sum(wanted <= each.items() for each in labels) == 1
    assert len(list(of_kind(found, "PodDisruptionBudget"))) == 2
    assert len(list(of_kind(found, "HorizontalPodAutoscaler"))) == 1


@needs_helm
def test_streams_and_paths_pass_the_ingress_as_they_are() -> None:
    (one,) = of_kind(rendered(EVERYTHING), "Ingress")
    notes = {name.rpartition("/")[2]: value for name, value in one["metadata"]["annotations"].items()}
    assert notes["proxy-buffering"] == "off"
    assert int(notes["proxy-read-timeout"]) >= 600
    assert not any("rewrite" in name or "snippet" in name for name in notes)
    assert int(notes["proxy-body-size"].removesuffix("m")) * 2**20 > 100 * 2**20


@needs_helm
@pytest.mark.parametrize("wrong", WRONG)
def test_what_cannot_be_is_refused_before_anything_is_installed(wrong: str) -> None:
    assert helm("template", "grid", given=WRONG[wrong]).returncode != 0


@needs_helm
def test_what_the_page_shows_is_rendered() -> None:
    page = (ROOT / "docs/how-to/deploy-on-kubernetes.md").read_text(encoding="utf-8")
    shown = page.partition("```yaml\n")[2].partition("```")[0]
    assert {one["kind"] for one in rendered(shown)} >= {"Ingress", "NetworkPolicy", "Deployment", "Job"}
