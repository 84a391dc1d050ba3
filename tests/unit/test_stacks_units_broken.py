"""Every way to get an env.yaml of `stack: units` wrong: code, place, message and hint, before Terraform starts."""

from __future__ import annotations

from pathlib import Path

import pytest

from tfwrap.base.problems import Problem, SettingsFailure
from tfwrap.settings.project import find_project
from tfwrap.stacks.registry import load_stack

NETWORK = """\
variable "name" { type = string }
variable "zones" {
  type    = list(string)
  default = []
}
variable "size" {
  type     = number
  nullable = false
  default  = 1
}
variable "shape" {
  type    = object({ width = number, height = optional(number) })
  default = null
}
variable "password" {
  type      = string
  sensitive = true
  default   = null
}
output "id" { value = var.name }
output "subnets" { value = [] }
"""
NET = "  net: {module: ../../modules/network, inputs: {name: dev}}\n"


def lay_out(root: Path, env: str) -> None:
    module = root / "modules" / "network"
    module.mkdir(parents=True)
    (module / "main.tf").write_text(NETWORK)
    (root / "modules" / "empty").mkdir()
    (root / "tfwrap.toml").write_text("")
    (root / "live" / "dev").mkdir(parents=True)
    (root / "live" / "dev" / "env.yaml").write_text(env)


def problems(root: Path, env: str) -> tuple[Problem, ...]:
    lay_out(root, env)
    with pytest.raises(SettingsFailure) as caught:
        load_stack(find_project(root), "dev")
    return caught.value.problems


def rows(root: Path, found: tuple[Problem, ...]) -> list[tuple[str, str, str, str | None]]:
    """Code, file:line:column+length, message, hint."""
    result = []
    for problem in found:
        at = problem.location
        place = f"{at.file.relative_to(root)}:{at.line}:{at.column}+{at.length}" if at else ""
        result.append((problem.code, place.removeprefix("live/dev/"), problem.message, problem.hint))
    return result


# name -> (what stands below `units:` after the unit `net` in line 3, code, place, message, hint)
CASES: dict[str, tuple[str, str, str, str, str | None]] = {
    "unknown input": (
        "  app:\n    module: ../../modules/network\n    inputs:\n      name: a\n      zoness: []\n",
        "E102",
        "env.yaml:8:7+6",
        "units.app.inputs.zoness is not an input of modules/network",
        "did you mean zones? (modules/network/main.tf:2)",
    ),
    "unknown input, nothing near": (
        "  app: {module: ../../modules/network, inputs: {name: a, colour: red}}\n",
        "E102",
        "env.yaml:4:58+6",
        "units.app.inputs.colour is not an input of modules/network",
        "it has name, zones, size, shape, password",
    ),
    "missing input": (
        "  app:\n    module: ../../modules/network\n    inputs: {}\n",
        "E104",
        "env.yaml:6:5+6",
        "units.app.inputs.name is required by modules/network",
        "declared without a default in modules/network/main.tf:1",
    ),
    "missing inputs": (
        "  app:\n    module: ../../modules/network\n",
        "E104",
        "env.yaml:4:3+3",
        "units.app.inputs.name is required by modules/network",
        "declared without a default in modules/network/main.tf:1",
    ),
    "wrong type of a literal": (
        "  app: {module: ../../modules/network, inputs: {name: a, zones: eu}}\n",
        "E103",
        "env.yaml:4:65+2",
        "units.app.inputs.zones should be a list, not text",
        "type list(string) (modules/network/main.tf:2)",
    ),
    "wrong type deep inside": (
        "  app: {module: ../../modules/network, inputs: {name: a, zones: [eu, [x]]}}\n",
        "E103",
        "env.yaml:4:70+3",
        "units.app.inputs.zones[1] should be a string, not a list",
        "type list(string) (modules/network/main.tf:2)",
    ),
    "unknown attribute of an object": (
        "  app: {module: ../../modules/network, inputs: {name: a, shape: {width: 1, hight: 2}}}\n",
        "E102",
        "env.yaml:4:76+5",
        "units.app.inputs.shape.hight is not an attribute of this object",
        "did you mean height? (modules/network/main.tf:11)",
    ),
    "missing attribute of an object": (
        "  app: {module: ../../modules/network, inputs: {name: a, shape: {height: 2}}}\n",
        "E103",
        "env.yaml:4:65+11",
        "units.app.inputs.shape lacks the attribute width",
        "type object({ width = number, height = optional(number) }) (modules/network/main.tf:11)",
    ),
    "literal for a sensitive variable": (
        "  app: {module: ../../modules/network, inputs: {name: a, password: hunter2}}\n",
        "E116",
        "env.yaml:4:68+7",
        "units.app.inputs.password is written out, but the module marks password sensitive",
        "take it from the environment: ${env:NAME} (modules/network/main.tf:15)",
    ),
    "literal around a secret": (
        '  app: {module: ../../modules/network, inputs: {name: a, password: "hunter${env:N}"}}\n',
        "E116",
        "env.yaml:4:68+16",
        "units.app.inputs.password is written out, but the module marks password sensitive",
        "take it from the environment: ${env:NAME} (modules/network/main.tf:15)",
    ),
    "reference to no unit": (
        '  app: {module: ../../modules/network, inputs: {name: "on ${nett.id}"}}\n',
        "E111",
        "env.yaml:4:59+10",
        "units.app reads ${nett.id}, but there is no unit nett",
        "did you mean net?",
    ),
    "reference to no output": (
        "  app: {module: ../../modules/network, inputs: {name: '${net.idd}'}}\n",
        "E113",
        "env.yaml:4:56+10",
        "units.app reads ${net.idd}, but modules/network has no output idd",
        "did you mean id?",
    ),
    "reference to itself": (
        "  app: {module: ../../modules/network, inputs: {name: '${app.id}'}}\n",
        "E112",
        "env.yaml:4:56+9",
        "units.app reads ${app.id}, its own output",
        None,
    ),
    "no reference": (
        "  app: {module: ../../modules/network, inputs: {name: '${upper(x)}'}}\n",
        "E115",
        "env.yaml:4:56+11",
        "units.app.inputs.name has ${upper(x)}, which is not a reference",
        "write ${unit.output} or ${env:NAME}; $${ is a literal ${",
    ),
    "reference never closed": (
        "  app: {module: ../../modules/network, inputs: {name: 'a ${net.id'}}\n",
        "E115",
        "env.yaml:4:58+8",
        "units.app.inputs.name has ${net.id, which is not a reference",
        "write ${unit.output} or ${env:NAME}; $${ is a literal ${",
    ),
    "reference in a preview": (
        "  app: {module: ../../modules/network, inputs: {name: a}, preview: {id: '${net.id}'}}\n",
        "E115",
        "env.yaml:4:74+9",
        "units.app.preview.id cannot hold references",
        "references work in `inputs`; $${ is a literal ${",
    ),
    "preview of no output": (
        "  app: {module: ../../modules/network, inputs: {name: a}, preview: {subnet: x}}\n",
        "E113",
        "env.yaml:4:69+6",
        "units.app.preview.subnet is not an output of modules/network",
        "did you mean subnets?",
    ),
    "after no unit": (
        "  app: {module: ../../modules/network, inputs: {name: a}, after: [net, dns]}\n",
        "E111",
        "env.yaml:4:72+3",
        "units.app.after[1] names dns, which is not a unit",
        "units: net, app",
    ),
    "after itself": (
        "  app: {module: ../../modules/network, inputs: {name: a}, after: [app]}\n",
        "E112",
        "env.yaml:4:67+3",
        "units.app.after[0] names the unit itself",
        None,
    ),
    "disabled producer": (
        (
            "  off: {module: ../../modules/network, inputs: {name: a}, enabled: false}\n"
            "  app: {module: ../../modules/network, inputs: {name: '${off.id}'}}\n"
        ),
        "E118",
        "env.yaml:5:56+9",
        "units.app reads ${off.id}, but off is not enabled",
        "enable off, or disable app too",
    ),
    "no module folder": (
        "  app: {module: ../../modules/netwrok}\n",
        "E107",
        "env.yaml:4:17+21",
        "units.app.module names ../../modules/netwrok, which is not a folder",
        "did you mean ../../modules/network?",
    ),
    "inputs beside their unit": (
        "  app:\n    module: ../../modules/network\n  inputs:\n    name: a\n",
        "E102",
        "env.yaml:7:5+4",
        "units.inputs.name is not a setting",
        "indent inputs below the entry it belongs to",
    ),
    "after beside its unit": (
        "  app:\n    module: ../../modules/network\n    inputs: {name: a}\n  after: [net]\n",
        "E103",
        "env.yaml:7:10+5",
        "units.after should be a map, not a list",
        "indent after below the entry it belongs to",
    ),
    "no folder near": (
        "  app: {module: ../modules/network}\n",
        "E107",
        "env.yaml:4:17+18",
        "units.app.module names ../modules/network, which is not a folder",
        "the path is relative to the file it stands in",
    ),
    "module of a registry": (
        "  app: {module: terraform-aws-modules/vpc/aws}\n",
        "E107",
        "env.yaml:4:17+29",
        "units.app.module names terraform-aws-modules/vpc/aws, which is not a folder",
        "modules of a registry are named by their repository: git::https://host/repository.git//folder?ref=v1.2.3",
    ),
    "reference as Terragrunt has it": (
        "  app: {module: ../../modules/network, inputs: {name: '${dependency.net.outputs.id}'}}\n",
        "E111",
        "env.yaml:4:56+28",
        "units.app reads ${dependency.net}, but there is no unit dependency",
        "write ${net.OUTPUT}",
    ),
    "reference to a variable": (
        "  app: {module: ../../modules/network, inputs: {name: '${var.name}'}}\n",
        "E111",
        "env.yaml:4:56+11",
        "units.app reads ${var.name}, but there is no unit var",
        "env.yaml has no variables: write the value, or ${env:NAME}",
    ),
    "remote module that moves": (
        "  app: {module: 'git::https://host/m.git//x?ref=main'}\n",
        "E103",
        "env.yaml:4:17+37",
        "units.app.module should be pinned to a tag or commit",
        "end it with ?ref=v1.2.3: what a plan reads must not move by itself",
    ),
    "remote module of another kind": (
        "  app: {module: 'https://host/m.zip'}\n",
        "E103",
        "env.yaml:4:17+20",
        "units.app.module should be a folder or a git:: address",
        "write git::https://host/repository.git//folder?ref=v1.2.3",
    ),
    "input that can be no variable": (
        "  app: {module: 'git::https://host/m.git?ref=v1', inputs: {source: x}}\n",
        "E103",
        "env.yaml:4:60+6",
        "units.app.inputs.source cannot be the name of a variable",
        "Terraform reserves it for module blocks",
    ),
    "unit name": (
        "  Web_App: {module: ../../modules/network, inputs: {name: a}}\n",
        "E117",
        "env.yaml:4:3+7",
        "units.Web_App is not a unit name: lower-case letters and digits, dashes between them",
        "did you mean web-app?",
    ),
    "renamed from a unit": (
        "  app: {module: ../../modules/network, inputs: {name: a}, renamed_from: net}\n",
        "E117",
        "env.yaml:4:73+3",
        "units.app.renamed_from names net, which is still a unit",
        "one state cannot belong to two units",
    ),
    "unknown key of a unit": (
        "  app: {module: ../../modules/network, input: {name: a}}\n",
        "E102",
        "env.yaml:4:40+5",
        "units.app.input is not a setting",
        "did you mean inputs?",
    ),
    "unknown hook": (
        "  app: {module: ../../modules/network, inputs: {name: x}, hooks: {before_aply: [[a]]}}\n",
        "E102",
        "env.yaml:4:67+11",
        "units.app.hooks.before_aply is not a setting",
        "did you mean before_apply?",
    ),
    "hook that is a shell line": (
        "  app: {module: ../../modules/network, hooks: {before_apply: [./notify start]}}\n",
        "E103",
        "env.yaml:4:63+14",
        'units.app.hooks.before_apply[0] should be a list, not "./notify start"',
        None,
    ),
    "retry on no regular expression": (
        "  app: {module: ../../modules/network, retry: {attempts: 2, on: ['(a']}}\n",
        "E103",
        "env.yaml:4:66+4",
        "units.app.retry.on[0] is not a regular expression: missing ), unterminated subpattern at character 1",
        None,
    ),
    "timeout without a unit": (
        "  app: {module: ../../modules/network, timeout: 30}\n",
        "E103",
        "env.yaml:4:49+2",
        "units.app.timeout should be a duration such as 30s, 5m or 1h30m",
        "write the unit: 30s, not 30",
    ),
    "timeout of nothing": (
        "  app: {module: ../../modules/network, timeout: 0s}\n",
        "E103",
        "env.yaml:4:49+2",
        'units.app.timeout should be more than 0, not "0s"',
        None,
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_one_fault(tmp_path: Path, name: str) -> None:
    text, *expected = CASES[name]
    found = problems(tmp_path, f"stack: units\nunits:\n{NET}{text}")
    assert rows(tmp_path, found) == [tuple(expected)]


def test_a_circle_is_told_with_the_whole_path(tmp_path: Path) -> None:
    module = "module: ../../modules/network"
    found = problems(
        tmp_path,
        "stack: units\nunits:\n"
        f"  d: {{{module}, inputs: {{name: '${{a.id}}'}}}}\n"
        f"  a: {{{module}, inputs: {{name: '${{b.id}}'}}}}\n"
        f"  b: {{{module}, inputs: {{name: x}}, after: [c]}}\n"
        f"  c: {{{module}, inputs: {{name: '${{a.id}}'}}}}\n"
        f"  e: {{{module}, inputs: {{name: x}}, after: [f]}}\n"
        f"  f: {{{module}, inputs: {{name: x}}, after: [e]}}\n",
    )
    hint = "one of these units must not wait for the next"
    assert rows(tmp_path, found) == [
        ("E112", "env.yaml:4:54+7", "units wait for each other: a -> b -> c -> a", hint),
        ("E112", "env.yaml:7:65+1", "units wait for each other: e -> f -> e", hint),
    ]


def test_faults_stand_where_they_were_written_in_an_extended_file_too(tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared" / "base.yaml").write_text(
        "units:\n  app:\n    module: ../modules/network\n    inputs: {nam: dev}\n"
    )
    found = problems(tmp_path, "extends: ../../shared/base.yaml\nstack: units\n")
    assert rows(tmp_path, found) == [
        (
            "E104",
            "shared/base.yaml:4:5+6",
            "units.app.inputs.name is required by modules/network",
            "declared without a default in modules/network/main.tf:1",
        ),
        (
            "E102",
            "shared/base.yaml:4:14+3",
            "units.app.inputs.nam is not an input of modules/network",
            "did you mean name? (modules/network/main.tf:1)",
        ),
    ]


def test_a_broken_module_is_told_once(tmp_path: Path) -> None:
    module = "{module: ../../modules/empty}"
    [problem] = problems(tmp_path, f"stack: units\nunits:\n  a: {module}\n  b: {module}\n")
    assert rows(tmp_path, (problem,))[0][:3] == (
        "E131",
        "env.yaml:3:15+19",
        "modules/empty is not a module: it has no *.tf or *.tf.json file",
    )


def test_a_reference_in_a_provider(tmp_path: Path) -> None:
    found = problems(
        tmp_path,
        "stack: units\nproviders: {google: {config: {token: '${env:TOKEN}'}}}\nunits:\n" + NET,
    )
    assert [row[:3] for row in rows(tmp_path, found)] == [
        ("E119", "env.yaml:2:13+6", "providers.google is required by no module"),
        ("E115", "env.yaml:2:39+12", "providers.google.config.token cannot hold references"),
    ]


def test_no_message_shows_the_secret(tmp_path: Path) -> None:
    env = "  app: {module: ../../modules/network, inputs: {name: a, password: [hunter2, {x: hunter2}]}}\n"
    found = problems(tmp_path, f"stack: units\nunits:\n{NET}{env}")
    assert found
    assert "hunter2" not in repr(found)
