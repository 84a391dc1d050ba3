"""A pull request is data: its Python, its programs and its hooks do not run on the server unless the server says so."""

from __future__ import annotations

from pathlib import Path

import pytest
from kit.atlantis_step import Steps
from kit.project import ProjectKit

PLAIN = "stack: units\nunits:\n  network:\n    module: ../../modules/echo\n    inputs: {text: a}\n"


@pytest.fixture
def steps(project: ProjectKit) -> Steps:
    project.write({"live/dev/env.yaml": PLAIN})
    assert project.run("generate", "dev").status == 0
    return Steps(project)


def test_python_of_the_repository(steps: Steps) -> None:
    touch = "from pathlib import Path\nPath(__file__).with_name('pwned').touch()\n"
    steps.kit.write(
        {
            "tfwrap.toml": 'stacks = {own = "own_stack:Own"}\n[atlantis]\nallow_cdk = true\n',
            "own_stack.py": touch,
            "live/dev/env.yaml": "stack: own\n",
        }
    )
    for step in ("plan", "apply", "check"):
        outcome = steps.run(step, "dev/network")
        assert outcome.status != 0
        assert not (steps.kit.root / "pwned").exists(), step
    assert "E713" in steps.run("plan", "dev/network").err
    steps.run("plan", "dev/network", TFWRAP_ATLANTIS_TRUST_CODE="1")
    assert (steps.kit.root / "pwned").exists()


def test_a_module_beside_the_unit_is_not_imported(steps: Steps) -> None:
    for name in ("click.py", "pydantic.py", "sitecustomize.py"):
        steps.kit.write({f"live/dev/network/{name}": "raise SystemExit(99)\n"})
    assert steps.run("plan", "dev/network").status == 0


def test_hooks_of_a_plan(steps: Steps) -> None:
    steps.kit.write({"live/dev/env.yaml": PLAIN + '    hooks: {before_plan: [[touch, "pwned"]]}\n'})
    assert steps.kit.run("generate", "dev").status == 0
    refused = steps.run("plan", "dev/network")
    assert refused.status == 1
    assert "network has before_plan hooks" in refused.err
    assert not (steps.folder("dev/network") / "pwned").exists()
    assert steps.run("plan", "dev/network", TFWRAP_ATLANTIS_TRUST_CODE="1").status == 0
    assert (steps.folder("dev/network") / "pwned").exists()


def test_an_engine_in_the_repository(steps: Steps) -> None:
    program = steps.kit.root / "terraform"
    program.write_text("#!/bin/sh\ntouch pwned\n")
    program.chmod(0o755)
    steps.kit.write({"tfwrap.toml": 'engine = "./terraform"\n'})
    del steps.kit.env["TFWRAP_ENGINE"]
    refused = steps.run("plan", "dev/network")
    assert (refused.status, "E713" in refused.err) == (1, True)
    assert not list(steps.kit.root.rglob("pwned"))


def test_secrets_of_the_server_stay_with_the_server(steps: Steps) -> None:
    leak = 'resource "terraform_data" "leak" {\n  provisioner "local-exec" {\n    command = "env > leaked"\n  }\n}\n'
    steps.kit.write({"modules/echo/leak.tf": leak})
    text = steps.plan("dev/network")
    applied = steps.apply("dev/network")
    assert applied.status == 0, applied.out + applied.err
    leaked = (steps.folder("dev/network") / "leaked").read_text()
    assert "TF_IN_AUTOMATION=1" in leaked
    assert "atlantis-secret-token" not in leaked
    assert "atlantis-secret-token" not in text + applied.out + applied.err


@pytest.mark.parametrize("project_name", ["dev/../../etc", "dev/other", "prod/network", "dev", "../dev/network"])
def test_a_project_name_of_somewhere_else(steps: Steps, project_name: str) -> None:
    outcome = steps.run("plan", "dev/network", PROJECT_NAME=project_name)
    assert outcome.status == 64
    assert "E712" in outcome.err


def test_a_link_out_of_the_repository(steps: Steps, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    (steps.kit.root / "live" / "dev").rename(outside)
    (steps.kit.root / "live" / "dev").symlink_to(outside)
    before = sorted(path.name for path in outside.rglob("*"))
    outcome = steps.run("plan", "dev/network")
    assert outcome.status != 0
    assert sorted(path.name for path in outside.rglob("*")) == before


def test_what_goes_wrong_is_harmless_text(steps: Steps) -> None:
    hostile = "```\\n</details> @everyone \\u001b[31mred"
    steps.kit.write({"live/dev/env.yaml": PLAIN.replace("text: a", f'"{hostile}": a')})
    outcome = steps.run("plan", "dev/network")
    assert outcome.status == 1
    said = outcome.out + outcome.err
    assert "everyone" in said
    for harmful in ("```", "</details>", "@everyone", "\x1b"):
        assert harmful not in said
