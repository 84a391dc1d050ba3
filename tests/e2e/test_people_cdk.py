"""Units made by Python: synthesised by the real libraries, planned and applied like any other."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from kit.pages import DOCS, steps
from kit.project import ProjectKit, mirrored
from ruamel.yaml import YAML

ENV = """\
stack: units
units:
  base: {module: ../../modules/echo, inputs: {text: hello}}
  made:
    cdk: {stack: "stacks.shapes:Shapes"}
    inputs: {text: "${base.text}"}
  after: {module: ../../modules/echo, inputs: {text: "${made.said}"}}
"""
STACK = """\
from LIBRARY import TerraformOutput, TerraformResource, TerraformStack, TerraformVariable


class Shapes(TerraformStack):
    def __init__(self, scope, name):
        super().__init__(scope, name)
        text = TerraformVariable(self, "text", type="string", description="What to say.")
        thing = TerraformResource(self, "thing", terraform_resource_type="terraform_data")
        thing.add_override("input", f"{text.string_value} from python")
        TerraformOutput(self, "said", value=thing.get_string_attribute("input"))
"""


def write(project: ProjectKit, library: str = "cdktn", stack: str = STACK) -> None:
    project.write({"live/dev/env.yaml": ENV, "stacks/shapes.py": stack.replace("LIBRARY", library)})


@pytest.mark.parametrize("library", ["cdktn", "cdktf"])
def test_a_unit_of_either_library_is_planned_and_applied(project: ProjectKit, library: str) -> None:
    write(project, library)
    planned = project.run("plan", "dev", "--json")
    assert planned.status == 0, planned.err
    assert planned.results() == {"base": "changed", "made": "changed", "after": "changed"}
    assert planned.units()["made"]["class"] == "chained"
    assert "node" not in planned.err.lower()
    applied = project.run("apply", "dev", "--yes")
    assert applied.status == 0, applied.err
    assert project.run("output", "dev", "after.text").out == "hello from python\n"


def test_what_is_generated_is_the_same_wherever_it_is_made(project: ProjectKit, tmp_path: Path) -> None:
    texts = []
    for root in (project.root, tmp_path / "else/where"):
        other = ProjectKit(root)
        other.write({"tfwrap.toml": "", "modules/echo/main.tf": (project.root / "modules/echo/main.tf").read_text()})
        write(other)
        assert other.run("generate", "dev").status == 0
        assert other.run("generate", "dev", "--check").status == 0
        texts.append((root / "live/dev/made/cdk/cdk.tf.json").read_text())
        assert not list((root / "stacks").rglob("__pycache__"))
    assert texts[0] == texts[1]
    document = json.loads(texts[0])
    assert set(document) == {"//", "variable", "resource", "output"}  # no backend, no metadata
    assert document["resource"]["terraform_data"]["thing"] == {"input": "${var.text} from python"}
    write(project, stack=STACK.replace("from python", "from Python"))
    assert project.run("generate", "dev", "--check").status == 4


@pytest.mark.parametrize(
    ("stack", "code", "said"),
    [
        (STACK.replace("class Shapes", "class Other"), "E618", "Shapes"),
        (STACK.replace('"thing"', '"text"'), "E618", "already a Construct with name 'text'"),
        ("import nothing_here\n", "E618", "nothing_here"),
        ("import LIBRARY_x\n".replace("LIBRARY_x", "cdktn.nothing"), "E617", "cdktn.nothing"),
        ("class Shapes:\n    pass\n", "E618", "TerraformStack"),
        (STACK.replace("from python", "in {__file__}"), "E619", "path of this machine"),
    ],
)
def test_what_cannot_be_made_is_said_where_the_unit_stands(
    project: ProjectKit, stack: str, code: str, said: str
) -> None:
    write(project, stack=stack)
    outcome = project.run("validate", "dev")
    assert outcome.status == 1
    assert f"error[{code}]" in outcome.err
    assert said in outcome.err
    assert "--> live/dev/env.yaml:4:" in outcome.err
    assert "Traceback" not in outcome.err


def test_without_node_it_is_said_what_is_missing(project: ProjectKit, tmp_path: Path) -> None:
    write(project)
    project.env["PATH"] = str(tmp_path)
    assert "error[E617]" in project.run("validate", "dev").err


def test_a_unit_is_made_of_one_thing(project: ProjectKit) -> None:
    units = '{a: {}, b: {module: ., cdk: {stack: "a:B"}}, c: {cdk: {stack: x}}}'
    project.write({"live/dev/env.yaml": f"stack: units\nunits: {units}\n"})
    said = project.run("validate", "dev").err
    assert "error[E104]: units.a.module is required" in said
    assert "error[E616]: units.b has both module and cdk" in said
    assert "error[E103]: units.c.cdk.stack should be" in said


@pytest.mark.parametrize(("trust", "allow", "runs"), [("", "true", False), ("1", "false", False), ("1", "true", True)])
def test_on_atlantis_it_runs_only_where_it_was_allowed(
    project: ProjectKit, tmp_path: Path, trust: str, allow: str, runs: bool
) -> None:
    ran = tmp_path / "ran"
    write(project, stack=STACK + f"\nopen({str(ran)!r}, 'w').close()\n")
    project.write({"tfwrap.toml": f"[atlantis]\nallow_cdk = {allow}\n"})
    project.env |= {"PULL_NUM": "1", "HEAD_COMMIT": "c", "TFWRAP_ATLANTIS_TRUST_CODE": trust}
    outcome = project.run("atlantis", "check")
    assert ("error[E713]: unit made is made by Python" in outcome.err) is not runs
    assert ran.exists() is runs


def planned_release(project: ProjectKit, environment: str) -> dict[str, Any]:
    """The configuration release as its plan has it: values laid over each other and read."""
    file = project.root / f".tfwrap/plans/{environment}/units/emissary-config/plan.json"
    (change,) = json.loads(file.read_text())["resource_changes"]
    release: dict[str, Any] = change["change"]["after"]
    chart = (project.root / f"live/{environment}/emissary-config" / release["chart"]).resolve()
    values: dict[str, Any] = {}
    for document in release["values"]:
        values |= YAML(typ="safe", pure=True).load(document)
    filled = {name: value for name, value in values.items() if value != []}
    return {"address": change["address"], **release, "chart": chart, "values": filled}


@pytest.mark.parametrize("library", ["cdktn", "cdktf"])
def test_emissarys_configuration_is_the_same_release_in_python_and_in_hcl(
    project: ProjectKit, provider_mirror: Path, library: str
) -> None:
    """The example of the page, whole, by the real library and the real helm provider."""
    project.env |= mirrored(project.root.parent, provider_mirror)
    page = (DOCS / "how-to/cdk.md").read_text()
    files = dict(step for step in steps(page) if isinstance(step, tuple))
    project.write(files | {"stacks/emissary.py": files["stacks/emissary.py"].replace("from cdktn", f"from {library}")})
    texts = {}
    for environment in ("dev", "python"):
        outcome = project.run("plan", environment, "--report", f"{environment}.md")
        assert outcome.status == 0, outcome.err
        comment = (project.root / f"{environment}.md").read_text()
        texts[environment] = [line for line in comment.splitlines() if "chart emissary-config" in line]
        assert project.run("generate", environment, "--check").status == 0
    assert texts["dev"]
    assert texts["dev"] == texts["python"]
    in_hcl, in_python = planned_release(project, "dev"), planned_release(project, "python")
    assert in_hcl["values"]["mappings"][1]["spec"]["service"] == "search.default:80"
    assert in_hcl == in_python
    shown = project.run("show", "python", "--json")
    assert shown.units()["emissary-config"]["class"] == "exact"
