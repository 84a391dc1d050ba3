"""The three Terraform modules with the real helm provider. A plan of a release needs no cluster, so none is here."""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import tftest
from parts.charts import NAMES
from parts.terraform import terraform

from tfwrap.base.bundled import bundled
from tfwrap.stacks.emissary.charts import DESCRIPTION, stamp

RELEASE = "helm_release.this"
REQUIRED: dict[str, dict[str, Any]] = {
    "emissary-crds": {},
    "emissary-ingress": {"name": "emissary-ingress", "namespace": "emissary"},
    "emissary-config": {"name": "emissary-config", "namespace": "emissary"},
}


class Module:
    """A copy of a module, initialised."""

    def __init__(self, name: str, folder: Path, mirror: Path) -> None:
        self.name, self.folder = name, folder / name
        shutil.copytree(bundled(f"modules/{name}"), self.folder)
        settings = folder / "cli.tfrc"
        settings.write_text(f'provider_installation {{\n  filesystem_mirror {{ path = "{mirror}" }}\n}}\n')
        clean = {name: "" for name in os.environ if name.startswith(("TF_VAR_", "TF_CLI_ARGS"))}
        environment = {
            **clean,
            "TF_CLI_CONFIG_FILE": str(settings),
            "CHECKPOINT_DISABLE": "1",
            "KUBECONFIG": str(folder / "none"),
            "KUBE_CONFIG_PATH": str(folder / "none"),
        }
        self._test = tftest.TerraformTest(str(self.folder), binary=str(terraform(folder)), env=environment)
        self._test.setup(cleanup_on_exit=False)

    @property
    def chart(self) -> Path:
        return self.folder / "chart"

    def run(self, *arguments: str) -> str:
        return str(self._test.execute_command(*arguments).out)

    def plan(self, *, refresh: bool = True, **variables: Any) -> Any:
        """The plan as tftest reads it."""
        file = self.folder / "test.auto.tfvars.json"
        file.write_text(json.dumps({**REQUIRED[self.name], **variables}))
        return self._test.plan(output=True, refresh=refresh)

    def release(self, **variables: Any) -> dict[str, Any]:
        """What is planned for the release."""
        values: dict[str, Any] = self.plan(**variables).resource_changes[RELEASE]["change"]["after"]
        return values

    def refusal(self, **variables: Any) -> str:
        with pytest.raises(tftest.TerraformTestError) as caught:
            self.plan(**variables)
        return " ".join(str(caught.value).replace("│", " ").split())


@pytest.fixture(scope="session")
def modules(provider_mirror: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Module]:
    folder = tmp_path_factory.mktemp("modules")
    return {name: Module(name, folder, provider_mirror) for name in NAMES}


@pytest.fixture
def ingress(provider_mirror: Path, tmp_path: Path) -> Module:
    """One of its own, for tests that change the chart or have a state."""
    return Module("emissary-ingress", tmp_path, provider_mirror)


@pytest.mark.parametrize("name", NAMES)
def test_valid_and_formatted(modules: dict[str, Module], name: str) -> None:
    module = modules[name]

    assert json.loads(module.run("validate", "-json"))["valid"]
    assert module.run("fmt", "-check", "-diff") == ""


@pytest.mark.parametrize("name", NAMES)
def test_defaults(modules: dict[str, Module], name: str) -> None:
    plan = modules[name].plan()

    release = plan.resource_changes[RELEASE]["change"]["after"]
    version = next(
        line.removeprefix("version: ")
        for line in (modules[name].chart / DESCRIPTION).read_text().splitlines()
        if line.startswith("version: ")
    )
    assert (release["chart"], release["version"]) == ("./chart", version)
    assert (release["timeout"], release["wait"], release["lint"]) == (300, True, True)
    assert release["create_namespace"] is (name != "emissary-config")
    assert {output: plan.outputs[output] for output in plan.outputs} == {
        "name": release["name"],
        "namespace": "emissary-system" if name == "emissary-crds" else "emissary",
        "chart_version": version,
        "app_version": "3.2.0",
    }


@pytest.mark.parametrize("name", NAMES)
def test_arguments_reach_the_release(modules: dict[str, Module], name: str) -> None:
    values = [] if name == "emissary-crds" else ["env: {AMBASSADOR_ID: a}\n"]

    release = modules[name].release(name="other", values=values, timeout=60, wait=False)

    assert (release["name"], release["timeout"], release["wait"]) == ("other", 60, False)
    assert (release["values"] or []) == values


@pytest.mark.parametrize("name", ["emissary-ingress", "emissary-config"])
def test_the_namespace_is_created_or_not(modules: dict[str, Module], name: str) -> None:
    for wanted in (True, False):
        assert modules[name].release(create_namespace=wanted)["create_namespace"] is wanted


def test_a_chart_of_a_repository_is_passed_on(modules: dict[str, Module]) -> None:
    place: dict[str, Any] = {
        "chart": "emissary-ingress",
        "chart_repository": "https://charts.invalid",
        "chart_version": "8.2.0",
    }

    plan = modules["emissary-ingress"].plan(**place)

    release = plan.resource_changes[RELEASE]["change"]["after"]
    assert (release["repository"], release["chart"], release["version"], release["lint"]) == (
        "https://charts.invalid",
        "emissary-ingress",
        "8.2.0",
        False,
    )
    assert plan.outputs["chart_version"] == "8.2.0"


def test_another_chart_folder_has_its_own_version(ingress: Module, tmp_path: Path) -> None:
    other = shutil.copytree(ingress.chart, tmp_path / "other")
    text = (other / DESCRIPTION).read_text().replace("8.2.0", "9.9.9").replace("3.2.0", "3.9.0")
    (other / DESCRIPTION).write_text(text)

    plan = ingress.plan(chart=str(other))

    assert plan.resource_changes[RELEASE]["change"]["after"]["version"].startswith("9.9.9+")
    assert plan.outputs["app_version"] == "3.9.0"


@pytest.mark.parametrize(
    ("name", "variables", "said"),
    [
        ("emissary-crds", {"namespace": "emissary"}, "namespace emissary-system"),
        ("emissary-ingress", {"name": "Emissary"}, "A release name"),
        ("emissary-ingress", {"name": "e" * 54}, "A release name"),
        ("emissary-ingress", {"name": "e-"}, "A release name"),
        ("emissary-ingress", {"namespace": "a_b"}, "A namespace is"),
        ("emissary-config", {"namespace": "n" * 64}, "A namespace is"),
        ("emissary-ingress", {"chart": ""}, "names a chart"),
        ("emissary-ingress", {"chart_repository": "https://charts.invalid"}, "needs chart"),
        ("emissary-ingress", {"chart_version": "8.2.0"}, "chart_version goes with"),
        ("emissary-ingress", {"chart": "./chart", "chart_version": "8.2.0"}, "chart_version goes with"),
        ("emissary-ingress", {"values": ["a: [1"]}, "YAML document"),
        ("emissary-ingress", {"timeout": 0}, "whole number of seconds"),
        ("emissary-ingress", {"timeout": 1.5}, "whole number of seconds"),
    ],
)
def test_validation(modules: dict[str, Module], name: str, variables: dict[str, Any], said: str) -> None:
    assert said in modules[name].refusal(**variables)


def test_an_oci_chart_takes_a_version(modules: dict[str, Module]) -> None:
    release = modules["emissary-crds"].release(chart="oci://charts.invalid/crds", chart_version="3.0.0")

    assert (release["chart"], release["version"]) == ("oci://charts.invalid/crds", "3.0.0")


def test_a_plan_refuses_values_the_chart_does_not_know(modules: dict[str, Module]) -> None:
    assert "replicaCnt" in modules["emissary-ingress"].refusal(values=["replicaCnt: 2\n"])
    spec = "hosts: [{name: h, spec: {hostnam: x}}]\n"
    assert "hostnam" in modules["emissary-config"].refusal(values=[spec])


def apply_pretended(module: Module) -> None:
    """A state in which the release is as planned now."""
    attributes = module.release()
    metadata = {"name": attributes["name"], "version": attributes["version"], "values": "{}"}
    empty: dict[str, Any] = {"set": [], "set_sensitive": [], "set_string": [], "postrender": []}
    state = {
        "version": 4,
        "serial": 1,
        "lineage": "test",
        "outputs": {},
        "resources": [
            {
                "mode": "managed",
                "type": "helm_release",
                "name": "this",
                "provider": 'provider["registry.terraform.io/hashicorp/helm"]',
                "instances": [
                    {
                        "schema_version": 0,
                        "attributes": {**attributes, **empty, "id": "x", "metadata": [metadata]},
                        # without it Terraform plans an update that changes nothing
                        "sensitive_attributes": [[{"type": "get_attr", "value": "repository_password"}]],
                    }
                ],
            }
        ],
    }
    (module.folder / "terraform.tfstate").write_text(json.dumps(state))


def test_a_changed_chart_shows_in_a_plan_once_it_is_stamped(ingress: Module) -> None:
    apply_pretended(ingress)
    assert ingress.plan(refresh=False).resource_changes[RELEASE]["change"]["actions"] == ["no-op"]

    template = ingress.chart / "templates" / "service.yaml"
    template.write_text(template.read_text().replace("-canary", "-other"))
    # Why the version carries a hash: the provider looks at the version, never at the files.
    assert ingress.plan(refresh=False).resource_changes[RELEASE]["change"]["actions"] == ["no-op"]

    (ingress.chart / DESCRIPTION).write_text(stamp(ingress.chart))
    change = ingress.plan(refresh=False).resource_changes[RELEASE]["change"]
    assert change["actions"] == ["update"]
    assert change["before"]["version"] != change["after"]["version"]


def blocks(name: str, file: str) -> dict[str, str]:
    """First line of each top-level block -> its text."""
    text = (bundled(f"modules/{name}") / file).read_text()
    return {block.splitlines()[0]: block.rstrip() for block in re.split(r"\n(?=\S+ .*\{)", text)}


def test_the_modules_differ_only_where_they_must() -> None:
    one, *others = (blocks(name, "variables.tf") for name in ("emissary-ingress", "emissary-config", "emissary-crds"))
    own = {'variable "namespace" {', 'variable "create_namespace" {'}
    for other in others:
        shared = set(one) & set(other) - own
        assert len(shared) == 7
        for variable in shared - {'variable "name" {'}:
            assert one[variable] == other[variable]
    for file in ("outputs.tf", "versions.tf"):
        assert len({(bundled(f"modules/{name}") / file).read_text() for name in NAMES}) == 1
    mains = [(bundled(f"modules/{name}") / "main.tf").read_text() for name in NAMES]
    assert len({text.replace("var.create_namespace", "true") for text in mains}) == 1
