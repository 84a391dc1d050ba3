from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from textwrap import dedent

import pytest
from workspace_kit import make_project, make_unit, refer

from tfwrap.base.problems import Location
from tfwrap.hcl.nodes import Attribute, Block, Body, Call, Heredoc, Template, Traversal
from tfwrap.settings.backend import Backend
from tfwrap.settings.project import Project
from tfwrap.stacks.model import EnvironmentValue, Output, ProviderRequirement, RemoteModule, Unit, ValuesTemplate
from tfwrap.workspace.render import HEADER, render, render_backend

UNKNOWN = Call("jsondecode", (Call("uuid"),))


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return make_project(tmp_path)


def home(project: Project, unit: Unit) -> Path:
    return project.live / "dev" / unit.name


def rendered(project: Project, unit: Unit) -> dict[str, str]:
    return render(unit, home(project, unit), project)


def text(body: str) -> str:
    return f"{HEADER}\n\n{dedent(body).lstrip()}"


def terraform(folder: Path, *arguments: str) -> str:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("TF_")}
    done = subprocess.run(
        ["terraform", *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def write(folder: Path, files: dict[str, str]) -> None:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)


def test_a_plain_unit(project: Project) -> None:
    unit = make_unit(
        project,
        "app",
        arguments={"label": Template(("on ", Traversal("var.net_id"))), "zones": ["a", "b"]},
        references=(refer("net"), refer("net", "password", sensitive=True)),
        environment_values=(EnvironmentValue("TOKEN", "env_token", Location(Path("/e"), 1, 1)),),
        outputs=(Output("id", description="The id"), Output("password", sensitive=True)),
        required_version=">= 1.9, < 2",
        required_providers=(ProviderRequirement("helm", "hashicorp/helm", ">= 1.3.2, < 4"),),
        notes=("Installs the app.",),
    )
    assert rendered(project, unit) == {
        "versions.tf": text("""
            terraform {
              required_version = ">= 1.9, < 2"

              required_providers {
                helm = {
                  source  = "hashicorp/helm"
                  version = ">= 1.3.2, < 4"
                }
              }

              backend "local" {
                path = "../../../state/dev/app.tfstate"
              }
            }
            """),
        "main.tf": text("""
            # Installs the app.
            module "this" {
              source = "../../../modules/toy"

              label = "on ${var.net_id}"
              zones = ["a", "b"]
            }
            """),
        "variables.tf": text("""
            variable "net_id" {
              description = "Output id of unit net"
            }

            variable "net_password" {
              description = "Output password of unit net"
              sensitive   = true
            }

            variable "env_token" {
              description = "Value of TOKEN in the environment of tfwrap"
              type        = string
              sensitive   = true
            }
            """),
        "outputs.tf": text("""
            output "id" {
              description = "The id"
              value       = module.this.id
            }

            output "password" {
              value     = module.this.password
              sensitive = true
            }
            """),
    }


def test_nothing_is_written_for_what_is_empty(project: Project) -> None:
    unit = make_unit(project, "app", arguments={}, outputs=(), files={"config.tf": Body()})
    assert sorted(rendered(project, unit)) == ["main.tf", "versions.tf"]
    assert rendered(project, unit)["main.tf"] == text("""
        module "this" {
          source = "../../../modules/toy"
        }
        """)


def test_a_module_below_the_unit_is_named_with_a_dot(project: Project) -> None:
    unit = make_unit(project, "app")
    files = render(unit, project.modules, project)
    assert 'source = "./toy"' in files["main.tf"]


def test_a_remote_module_is_named_as_it_is(project: Project) -> None:
    unit = make_unit(project, "app", module=RemoteModule("git::https://example.com/m.git//x?ref=v1"))
    assert 'source = "git::https://example.com/m.git//x?ref=v1"' in rendered(project, unit)["main.tf"]


def test_a_remote_backend_and_reading_it_alone(project: Project) -> None:
    backend = Backend("gcs", {"bucket": "b", "prefix": "p/app"}, "gs://b/p/app")
    unit = make_unit(project, "app", backend=backend)
    block = 'terraform {\n  backend "gcs" {\n    bucket = "b"\n    prefix = "p/app"\n  }\n}\n'
    assert rendered(project, unit)["versions.tf"] == f"{HEADER}\n\n{block}"
    assert render_backend(unit) == block
    local = project.root / "state/dev/app.tfstate"
    assert f'path = "{local}"' in render_backend(make_unit(project, "app"))


def test_a_local_backend_of_a_folder_somewhere_else(project: Project) -> None:
    files = render(make_unit(project, "app"), project.own / "work/dev/app/scratch", project)
    assert 'path = "../../../../../state/dev/app.tfstate"' in files["versions.tf"]
    assert 'source = "../../../../../modules/toy"' in files["main.tf"]


def test_further_files_have_the_header_and_keep_their_order(project: Project) -> None:
    body = Body((Block("locals", (), Body((Attribute("b", 1), Attribute("a", 2)))),))
    unit = make_unit(project, "app", files={"locals.tf": body}, provider_blocks=(Block("provider", ("helm",)),))
    files = rendered(project, unit)
    assert files["locals.tf"] == text("""
        locals {
          b = 1
          a = 2
        }
        """)
    assert files["providers.tf"] == text("""
        provider "helm" {}
        """)


def test_values_templates_of_the_project(project: Project) -> None:
    project.templates.mkdir()
    (project.templates / "x.j2").write_text("# one\na: {{ a }}\nb: ${jsonencode(b)}\n\n\n")
    unit = make_unit(project, "app", values={"x.yaml.tftpl": ValuesTemplate("x.j2", {"a": 1})})
    assert rendered(project, unit)["values/x.yaml.tftpl"] == f"{HEADER}\n# one\na: 1\nb: ${{jsonencode(b)}}\n"


def test_unknown_variables_become_locals_on_the_nodes(project: Project) -> None:
    unit = make_unit(
        project,
        "app",
        arguments={
            "a": Traversal("var.net_id"),
            "b": Traversal("var.net_id.zone[0].name"),
            "c": Template(("at ", Traversal("var.net_id"), " var.net_id")),
            "d": {"var.net_id": [Call("join", (",", Traversal("var.net_ids")))]},
            "e": "var.net_id",
            "f": Traversal("local.all[var.net_id]"),
            "g": Heredoc(("x: ", Call("jsonencode", (Traversal("var.net_id"),)), "\n")),
            "h": Traversal("module.var.net_id"),
        },
        references=(refer("net"), refer("net", "ids"), refer("net", "key", sensitive=True)),
    )
    files = render(unit, home(project, unit), project, unknown={"net_id": Call("uuid"), "net_key": UNKNOWN})
    assert files["unknown.tf"] == text("""
        locals {
          net_id  = uuid()
          net_key = sensitive(jsondecode(uuid()))
        }
        """)
    assert files["variables.tf"] == text("""
        variable "net_ids" {
          description = "Output ids of unit net"
        }
        """)
    assert files["main.tf"] == text("""
        module "this" {
          source = "../../../modules/toy"

          a = local.net_id
          b = local.net_id.zone[0].name
          c = "at ${local.net_id} var.net_id"
          d = {
            "var.net_id" = [join(",", var.net_ids)]
          }
          e = "var.net_id"
          f = local.all[local.net_id]
          g = <<-EOT
            x: ${jsonencode(local.net_id)}
          EOT
          h = module.var.net_id
        }
        """)


def test_paths_of_the_unit_are_right_in_a_scratch_folder(project: Project) -> None:
    chart = Template((Traversal("path.module"), "/../../../charts/x/"))
    inside = Template((Traversal("path.module"), "/values/x.yaml.tftpl"))
    body = Body((Block("locals", (), Body((Attribute("chart", chart),))),))
    unit = make_unit(project, "app", arguments={"label": chart, "zones": [inside]}, files={"locals.tf": body})
    far = render(unit, project.own / "work/dev/app/scratch", project, home=home(project, unit))
    assert 'label = "${path.module}/../../../../../charts/x/"' in far["main.tf"]
    assert '"${path.module}/values/x.yaml.tftpl"' in far["main.tf"]
    assert 'chart = "${path.module}/../../../../../charts/x/"' in far["locals.tf"]
    # As deep below the root as the unit's own folder, a scratch copy says word for word the same.
    near = render(unit, project.own / "scratch/app", project, home=home(project, unit))
    assert near == rendered(project, unit)


def test_the_same_unit_gives_the_same_bytes_in_another_checkout(tmp_path: Path) -> None:
    texts = []
    for place in ("one", "two/deeper"):
        project = make_project(tmp_path / place)
        texts.append(rendered(project, make_unit(project, "app", references=(refer("net"),))))
    assert texts[0] == texts[1]


def test_terraform_takes_it(project: Project) -> None:
    """Formatted, valid, and planned with an unknown input: nothing of it is known, everything is typed."""
    (project.modules / "toy" / "more.tf").write_text('variable "more" { type = object({ a = list(string) }) }\n')
    unit = make_unit(
        project,
        "app",
        arguments={
            "label": Template(("on ", Traversal("var.net_id"))),
            "zones": Traversal("var.net_zones"),
            "more": {"a": Traversal("var.net_zones")},
        },
        references=(refer("net"), refer("net", "zones")),
        required_version=">= 1.9, < 2",
    )
    folder = home(project, unit)
    write(folder, rendered(project, unit))
    terraform(folder, "fmt", "-check", "-diff")
    terraform(folder, "init", "-input=false")
    terraform(folder, "validate")

    scratch = project.own / "work/dev/app/scratch"
    unknown = {"net_id": Call("uuid"), "net_zones": UNKNOWN}
    write(scratch, render(unit, scratch, project, unknown=unknown, home=folder))
    terraform(scratch, "fmt", "-check", "-diff")
    terraform(scratch, "init", "-input=false")
    terraform(scratch, "plan", "-input=false", "-out=plan.bin")
    shown = json.loads(terraform(scratch, "show", "-json", "plan.bin"))
    assert shown["output_changes"]["id"]["after_unknown"] is True
