"""`stack: units`, when all is well: what a Stack is made of."""

from __future__ import annotations

from pathlib import Path

import pytest

from tfwrap.hcl.nodes import Attribute, Template, Traversal
from tfwrap.settings.project import find_project
from tfwrap.stacks.cycles import find_cycles
from tfwrap.stacks.model import (
    LocalModule,
    Output,
    ProviderRequirement,
    RemoteModule,
    Retry,
    Stack,
    Unit,
)
from tfwrap.stacks.references import split
from tfwrap.stacks.registry import load_stack

MODULES = {
    "network": """\
terraform {
  required_providers {
    google = {
      source  = "hashicorp/google"
      version = ">= 6, < 8"
    }
  }
}
variable "name" { type = string }
variable "zones" {
  type    = list(string)
  default = []
}
module "inner" {
  source = "../inner"
}
output "id" {
  description = "The id."
  value       = var.name
}
output "token" {
  value     = var.name
  sensitive = true
}
""",
    "inner": """\
terraform {
  required_providers {
    google = { source = "hashicorp/google" }
    random = { source = "hashicorp/random", version = "~> 3.6" }
  }
}
output "x" { value = 1 }
""",
    "app": """\
variable "network_id" {
  type    = string
  default = null
}
variable "secret" {
  type      = string
  sensitive = true
  default   = null
}
variable "settings" {
  type    = any
  default = null
}
output "url" { value = var.network_id }
""",
}


def load(root: Path, env: str, toml: str = "") -> Stack:
    for name, text in MODULES.items():
        folder = root / "modules" / name
        folder.mkdir(parents=True)
        (folder / "main.tf").write_text(text)
    (root / "tfwrap.toml").write_text(toml)
    (root / "live" / "dev").mkdir(parents=True)
    (root / "live" / "dev" / "env.yaml").write_text(env)
    return load_stack(find_project(root), "dev")


def app(root: Path, inputs: str) -> Unit:
    """The unit `app` with these inputs, in flow style, beside `network` and `net-work`."""
    network = "{module: ../../modules/network, inputs: {name: x}}"
    env = f"stack: units\nunits:\n  network: {network}\n  net-work: {network}\n  1st: {network}\n"
    stack = load(root, f"{env}  app: {{module: ../../modules/app, inputs: {inputs}}}\n")
    return stack.units[-1]


def test_the_example_of_the_contract(tmp_path: Path) -> None:
    stack = load(
        tmp_path,
        """\
stack: units
env: {HTTPS_PROXY: proxy}
terraform: ">= 1.10"
units:
  network:
    module: ../../modules/network
    inputs: {name: dev, zones: [a, b]}
    tags: [core]
    preview: {id: net-preview}
  dns: {module: ../../modules/app, enabled: false}
  app:
    module: ../../modules/app
    inputs: {network_id: "${network.id}", settings: {label: "app on ${network.id}"}}
    after: [dns]
    protect: true
    timeout: 30m
    retry: {attempts: 3, on: ["connection reset"]}
    renamed_from: web
    hooks:
      before_apply: [["./notify", "start"]]
""",
    )
    assert (stack.kind, stack.problems) == ("units", ())
    network, dns, unit = stack.units
    assert [network.name, dns.name, unit.name] == ["network", "dns", "app"]
    assert network.module == LocalModule(tmp_path / "modules" / "network")
    assert network.arguments == {"name": "dev", "zones": ["a", "b"]}
    assert network.outputs == (Output("id", description="The id."), Output("token", sensitive=True))
    assert (network.tags, network.preview) == (("core",), {"id": "net-preview"})
    assert (network.location.line, network.location.column) == (5, 3)
    assert network.backend.local_path == tmp_path / "state" / "dev" / "network.tfstate"
    assert network.required_version == ">= 1.10"
    assert not dns.enabled
    assert unit.arguments == {
        "network_id": Traversal("var.network_id"),
        "settings": {"label": Template(("app on ", Traversal("var.network_id")))},
    }
    [reference] = unit.references
    assert (reference.unit, reference.output, reference.variable) == ("network", "id", "network_id")
    assert (reference.sensitive, reference.location.line, reference.location.column) == (False, 13, 27)
    assert unit.dependencies == ("network", "dns")
    assert (unit.protect, unit.timeout, unit.retry) == (True, 1800.0, Retry(3, ("connection reset",)))
    assert unit.hooks == {"before_apply": (("./notify", "start"),)}
    assert (unit.renamed_from, unit.environment) == ("web", {"HTTPS_PROXY": "proxy"})


def test_a_reference_alone_keeps_its_type_and_its_path(tmp_path: Path) -> None:
    unit = app(tmp_path, "{network_id: '${ network.id.list[0].name }'}")
    assert unit.arguments == {"network_id": Traversal("var.network_id.list[0].name")}


def test_two_paths_into_one_output_are_one_variable(tmp_path: Path) -> None:
    unit = app(tmp_path, "{settings: ['${network.id[0]}', '${network.id[1]}']}")
    assert unit.arguments == {"settings": [Traversal("var.network_id[0]"), Traversal("var.network_id[1]")]}
    assert [reference.variable for reference in unit.references] == ["network_id"]


def test_a_doubled_dollar_is_a_literal(tmp_path: Path) -> None:
    unit = app(tmp_path, "{settings: {only: '$${x}', mixed: '$${x} ${network.id} $y', '${k}': 1}}")
    assert unit.arguments["settings"] == {
        "only": "${x}",
        "mixed": Template(("${x} ", Traversal("var.network_id"), " $y")),
        "${k}": 1,
    }


def test_values_from_the_environment_are_secret_variables(tmp_path: Path) -> None:
    unit = app(tmp_path, "{secret: '${env:DB_PASSWORD}', settings: 'x${env:DB_PASSWORD}${env:db_password}'}")
    assert unit.arguments["secret"] == Traversal("var.env_db_password")
    assert [(value.name, value.variable) for value in unit.environment_values] == [
        ("DB_PASSWORD", "env_db_password"),
        ("db_password", "env_db_password_2"),
    ]
    assert unit.dependencies == ()


def test_variables_that_would_have_one_name_are_numbered(tmp_path: Path) -> None:
    unit = app(tmp_path, "{settings: ['${net-work.id}', '${1st.id}', '${env:A}', '${env:a}', '${net-work.token}']}")
    assert [reference.variable for reference in unit.references] == ["net_work_id", "unit_1st_id", "net_work_token"]
    assert [value.variable for value in unit.environment_values] == ["env_a", "env_a_2"]


def test_a_sensitive_output_stays_sensitive(tmp_path: Path) -> None:
    unit = app(tmp_path, "{secret: '${network.token}'}")
    assert [reference.sensitive for reference in unit.references] == [True]


def test_null_is_no_literal_for_a_secret(tmp_path: Path) -> None:
    assert app(tmp_path, "{secret: ~}").arguments == {"secret": None}


def test_providers_of_the_module_and_of_those_it_calls(tmp_path: Path) -> None:
    stack = load(
        tmp_path,
        """\
stack: units
providers:
  google: {version: "~> 7.1", config: {project: "p$${x}", labels: {a: b}}}
units:
  network: {module: ../../modules/network, inputs: {name: x}}
  app: {module: ../../modules/app}
""",
    )
    network, unit = stack.units
    assert network.required_providers == (
        ProviderRequirement("google", "hashicorp/google", "~> 7.1"),
        ProviderRequirement("random", "hashicorp/random", "~> 3.6"),
    )
    [block] = network.provider_blocks
    assert (block.type, block.labels) == ("provider", ("google",))
    assert block.body.items == (Attribute("project", "p${x}"), Attribute("labels", {"a": "b"}))
    assert (unit.required_providers, unit.provider_blocks) == ((), ())


def test_providers_that_are_used_without_a_word(tmp_path: Path) -> None:
    """env.yaml may say what the module does not: without that, Terraform itself takes hashicorp's."""
    silent = tmp_path / "modules/silent/main.tf"
    silent.parent.mkdir(parents=True)
    silent.write_text(
        'module "inner" {\n  source = "../inner"\n}\nresource "helm_release" "a" {}\nresource "random_id" "b" {}\n'
    )
    stack = load(
        tmp_path,
        "stack: units\nproviders: {helm: {version: '~> 2', config: {debug: true}}}\n"
        "units: {one: {module: ../../modules/silent}}\n",
    )
    assert stack.problems == ()
    [one] = stack.units
    assert one.required_providers == (
        ProviderRequirement("google", "hashicorp/google", None),
        ProviderRequirement("random", "hashicorp/random", "~> 3.6"),
        ProviderRequirement("helm", "hashicorp/helm", "~> 2"),
    )
    assert [block.labels for block in one.provider_blocks] == [("helm",)]


def test_a_provider_that_no_module_uses_is_a_warning(tmp_path: Path) -> None:
    stack = load(
        tmp_path,
        "stack: units\nproviders: {gogle: {version: '7'}}\n"
        "units: {network: {module: ../../modules/network, inputs: {name: x}}}\n",
    )
    [problem] = stack.problems
    assert (problem.code, problem.severity, problem.hint) == ("E119", "warning", "did you mean google?")


def test_a_remote_module_has_the_outputs_that_are_read(tmp_path: Path) -> None:
    source = "git::https://host/modules.git//network?ref=v1.2.0"
    stack = load(
        tmp_path,
        f"""\
stack: units
providers: {{google: {{version: "~> 7.1"}}}}
units:
  network: {{module: '{source}', inputs: {{anything: [1]}}}}
  app: {{module: ../../modules/app, inputs: {{network_id: '${{network.id}}'}}}}
""",
    )
    network = stack.units[0]
    assert network.module == RemoteModule(source)
    assert network.outputs == (Output("id"),)
    assert network.required_providers == (ProviderRequirement("google", "hashicorp/google", "~> 7.1"),)


def test_the_cache_lies_in_the_project(tmp_path: Path) -> None:
    app(tmp_path, "{}")
    assert len(list((tmp_path / ".tfwrap" / "cache" / "hcl").glob("*.json"))) == len(MODULES)


def test_a_thousand_units_in_a_chain(tmp_path: Path) -> None:
    lines = ["stack: units", "units:", "  u0: {module: ../../modules/app, inputs: {network_id: x}}"]
    lines += [
        f"  u{i}: {{module: ../../modules/app, inputs: {{network_id: '${{u{i - 1}.url}}'}}}}" for i in range(1, 1000)
    ]
    stack = load(tmp_path, "\n".join(lines))
    assert len(stack.units) == 1000
    assert stack.units[-1].dependencies == ("u998",)


@pytest.mark.parametrize(
    ("text", "literals", "references"),
    [
        ("", [""], 0),
        ("plain $ { } $x", ["plain $ { } $x"], 0),
        ("$$${a.b}", ["$${a.b}"], 0),
        ("${a.b}${a.b}", [], 2),
        ("a${a.b}", ["a"], 1),
        ("$${${a.b}}", ["${", "}"], 1),
        ("%{if}", ["%{if}"], 0),
    ],
)
def test_texts_are_split_at_references(text: str, literals: list[str], references: int) -> None:
    parts = split(text)
    assert [part for part in parts if isinstance(part, str)] == literals
    assert len(parts) - len(literals) == references


def test_circles_are_found_once_each_and_none_in_a_diamond() -> None:
    assert find_cycles({"a": ["b", "c"], "b": ["d"], "c": ["d"], "d": []}) == []
    assert find_cycles({"a": ["b"], "b": ["c", "x"], "c": ["b"], "x": ["gone"]}) == [("b", "c", "b")]
    both = find_cycles({"a": ["b"], "b": ["a"], "c": ["d"], "d": ["c"]})
    assert both == [("a", "b", "a"), ("c", "d", "c")]
    long = {f"u{i}": [f"u{(i + 1) % 5000}"] for i in range(5000)}
    assert [len(circle) for circle in find_cycles(long)] == [5001]
