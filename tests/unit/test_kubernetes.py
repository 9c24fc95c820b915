"""The manifests of docs/how-to/kubernetes are what Kubernetes takes, and what they configure is what our programs take. No cluster is run."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kubernetes_validate  # type: ignore[import-untyped]
import pytest
import yaml

from correlator.settings import load_settings

MANIFESTS = Path(__file__).parents[2] / "docs" / "how-to" / "kubernetes"
VERSIONS = ("1.30", "1.37")
"""The oldest that has all that is written there (sleep in preStop), and the newest whose schemas are installed."""


def documents(name: str = "*") -> Iterator[dict[str, Any]]:
    for file in sorted(MANIFESTS.glob(f"{name}.yaml")):
        yield from yaml.safe_load_all(file.read_text(encoding="utf-8"))


def pods() -> Iterator[dict[str, Any]]:
    yield from (each["spec"]["template"]["spec"] for each in documents() if "template" in each.get("spec", {}))


@pytest.mark.parametrize("version", VERSIONS)
def test_the_manifests_fit_the_schemas_of_kubernetes(version: str) -> None:
    """Strictly: a key that is not in the schema is an error."""
    kinds = [each["kind"] for each in documents()]
    assert {"Deployment", "Service", "PodDisruptionBudget", "NetworkPolicy", "ConfigMap", "Job"} <= set(kinds)
    for each in documents():
        kubernetes_validate.validate(each, version, strict=True)


def test_a_key_that_does_not_exist_would_be_found() -> None:
    """The check is one."""
    (deployment,) = [each for each in documents("engine") if each["kind"] == "Deployment"]
    deployment["spec"]["template"]["spec"]["containers"][0]["readinesProbe"] = {}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(deployment, VERSIONS[-1], strict=True)


def test_no_pod_has_more_rights_than_it_needs() -> None:
    """As the Pod Security Standard `restricted` asks, and no token of Kubernetes."""
    for pod in pods():
        assert pod["automountServiceAccountToken"] is False
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        for container in pod["containers"]:
            assert container["securityContext"]["allowPrivilegeEscalation"] is False
            assert container["securityContext"]["readOnlyRootFilesystem"] is True
            assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
            assert "env" not in container, "secrets are files"
            assert {"cpu", "memory"} == container["resources"]["requests"].keys()


def test_services_reach_the_pods_that_they_name() -> None:
    """By labels and by the names of ports."""
    deployments = {
        each["metadata"]["name"]: each["spec"]["template"] for each in documents() if each["kind"] == "Deployment"
    }
    for service in (each for each in documents() if each["kind"] == "Service"):
        template = deployments[service["spec"]["selector"]["app.kubernetes.io/name"]]
        assert service["spec"]["selector"].items() <= template["metadata"]["labels"].items()
        ports = {port["name"] for container in template["spec"]["containers"] for port in container["ports"]}
        assert {port["targetPort"] for port in service["spec"]["ports"]} <= ports


def test_the_engines_settings_are_settings(tmp_path: Path) -> None:
    """The file of the ConfigMap is read as the engine reads it."""
    (config,) = [each for each in documents("engine") if each["kind"] == "ConfigMap"]
    file = tmp_path / "correlator.yaml"
    file.write_text(config["data"]["correlator.yaml"], encoding="utf-8")
    settings = load_settings(file)
    assert settings.store.kind == "elasticsearch"
    assert settings.elasticsearch.connection.hosts == ("https://elasticsearch-es-http.elastic.svc:9200",)
