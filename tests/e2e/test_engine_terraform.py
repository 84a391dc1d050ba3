"""Both engines do the same, and stop, die and go on as a run relies on."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest
from kit.waiting import until
from parts.terraform import terraform

from tfwrap.engine import argv
from tfwrap.engine.choose import choose
from tfwrap.engine.environment import child_environment
from tfwrap.engine.events import Diagnostic, Event, PlannedChange, Step, decode
from tfwrap.engine.program import ProgramEngine
from tfwrap.engine.protocol import Completed, Invocation
from tfwrap.engine.wording import first_error, message

MAIN = """
variable "name" {
  type = string
}

resource "terraform_data" "one" {
  input = var.name
}

resource "terraform_data" "two" {
  count = 2
  input = "${terraform_data.one.output}-${count.index}"
}

output "name" {
  value = terraform_data.one.output
}

output "secret" {
  value     = sensitive("hush")
  sensitive = true
}
"""
SLOW = """
resource "terraform_data" "first" {
  input = "kept"
}

resource "terraform_data" "slow" {
  depends_on = [terraform_data.first]
  provisioner "local-exec" {
    command = "touch started; trap '' INT; for i in $(seq 200); do [ -e go-on ] && exit 0; sleep 0.1; done"
  }
}
"""

APPLY = ("apply", "-auto-approve", "-no-color", "-json")  # unseen, which tfwrap itself never does


class Unit:
    """A root module on disk, and an engine to run it with."""

    def __init__(self, folder: Path, setting: str, text: str) -> None:
        self.folder = folder
        folder.mkdir(parents=True)
        (folder / "main.tf").write_text(text)
        self.engine: ProgramEngine = choose(setting, None, os.environ)
        self.environment, _ = child_environment(
            os.environ, pass_env=(), data_dir=folder / ".data", cli_config=None, extra={}
        )
        self.lines: list[str] = []

    @property
    def stdout(self) -> str:
        return (self.folder / "out").read_text()

    @property
    def stderr(self) -> str:
        return (self.folder / "err").read_text()

    @property
    def state(self) -> dict[str, Any]:
        state: dict[str, Any] = json.loads((self.folder / "terraform.tfstate").read_text())
        return state

    @property
    def resources(self) -> list[str]:
        return [resource["name"] for resource in self.state["resources"]]

    def invocation(self, arguments: argv.Arguments) -> Invocation:
        return Invocation(
            arguments, self.folder, self.environment, self.folder / "out", self.folder / "err", timeout=60
        )

    async def start(self, arguments: argv.Arguments) -> Completed:
        self.lines.clear()
        return await self.engine.run(self.invocation(arguments), self.lines.append)

    def run(self, arguments: argv.Arguments) -> int:
        return asyncio.run(self.start(arguments)).status

    def events(self) -> list[Event]:
        return [event for line in self.lines if (event := decode(line)) is not None]


@pytest.fixture(params=["embedded", "program"])
def setting(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.delenv("TF_CLI_CONFIG_FILE", raising=False)
    return "embedded" if request.param == "embedded" else str(terraform(tmp_path))


def walk(unit: Unit) -> dict[str, Any]:
    """Through a unit's life; everything that must not depend on the engine."""
    seen: dict[str, Any] = {}
    values, plan = unit.folder / "values.tfvars.json", unit.folder / "plan.bin"
    values.write_text('{"name": "x"}')

    assert unit.run(argv.init()) == 0, unit.stderr
    seen["planned"] = unit.run(argv.plan(out=plan, var_files=[values]))
    seen["plan events"] = sorted([event for event in unit.events() if isinstance(event, PlannedChange)], key=repr)
    (summary,) = [data["changes"] for data in map(json.loads, unit.lines) if data["type"] == "change_summary"]
    seen["plan summary"] = [summary[key] for key in ("add", "change", "remove", "import")]
    seen["shown"] = unit.run(argv.show(plan))
    shown = json.loads(unit.stdout)
    seen["plan"] = {key: shown[key] for key in ("planned_values", "resource_changes", "output_changes")}
    seen["applied"] = unit.run(argv.apply(plan, var_files=[values]))
    seen["apply events"] = sorted(
        (event.address, event.stage, event.action) for event in unit.events() if isinstance(event, Step)
    )
    seen["removed"] = unit.run(argv.state_rm(["terraform_data.two[1]"]))
    seen["pulled"] = unit.run(argv.state_pull())
    state = json.loads(unit.stdout)
    seen["outputs"] = state["outputs"]
    seen["resources"] = [(one["name"], len(one["instances"])) for one in state["resources"]]
    seen["planned again"] = unit.run(argv.plan(var_files=[values]))
    seen["refused"] = unit.run(argv.apply(plan, var_files=[values]))  # the saved plan is stale now
    seen["errors"] = [event.summary for event in unit.events() if isinstance(event, Diagnostic)]
    seen["unlocked"] = unit.run(argv.force_unlock("no-such-lock"))
    seen["destroyed"] = (
        unit.run(argv.plan(out=plan, var_files=[values], destroy=True)),
        unit.run(argv.apply(plan, var_files=[values])),
        unit.run(argv.plan(var_files=[values], destroy=True)),
    )
    return seen


def test_both_engines_do_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TF_CLI_CONFIG_FILE", raising=False)
    embedded = walk(Unit(tmp_path / "embedded" / "unit", "embedded", MAIN))
    program = walk(Unit(tmp_path / "program" / "unit", str(terraform(tmp_path)), MAIN))
    assert embedded == program
    assert embedded["planned"] == embedded["planned again"] == 2
    assert embedded["applied"] == 0
    assert [event.action for event in embedded["plan events"]] == ["create", "create", "create"]
    assert embedded["plan summary"] == [3, 0, 0, 0]
    assert embedded["outputs"]["name"]["value"] == "x"
    assert embedded["removed"] == embedded["pulled"] == 0
    assert embedded["resources"] == [("one", 1), ("two", 1)]
    assert embedded["refused"] == 1
    assert embedded["errors"] == ["Saved plan is stale"]
    assert embedded["unlocked"] == 1
    assert embedded["destroyed"] == (2, 0, 0)


def test_what_is_said_for_people(setting: str, tmp_path: Path) -> None:
    unit = Unit(tmp_path / "unit", setting, 'resource "terraform_data" "a" {}\n\nfoo {}\n')
    assert unit.run(argv.init()) == 1
    assert first_error(unit.stdout + unit.stderr) == (
        'Unsupported block type: Blocks of type "foo" are not expected here.'
    )
    (unit.folder / "main.tf").write_text('resource "terraform_data" "a" {}\n')
    assert unit.run(argv.init()) == 0
    assert unit.run(APPLY) == 0
    assert [message(event) for event in unit.events() if message(event)] == [
        "terraform_data.a: to create",
        "terraform_data.a: creating",
        "terraform_data.a: created",
    ]


def test_an_interrupted_apply_saves_its_state_and_lets_go_of_the_lock(setting: str, tmp_path: Path) -> None:
    unit = Unit(tmp_path / "unit", setting, SLOW)
    assert unit.run(argv.init()) == 0

    async def scenario() -> Completed:
        task = asyncio.create_task(unit.start(APPLY))
        await until((unit.folder / "started").exists)
        unit.engine.interrupt()
        return await task

    done = asyncio.run(scenario())
    assert done.status == 1
    assert any("Interrupt received" in line for line in unit.lines)
    assert sorted(unit.resources) == ["first", "slow"]
    assert [one["instances"][0].get("status") for one in unit.state["resources"]] == [None, "tainted"]
    assert not (unit.folder / ".terraform.tfstate.lock.info").exists()
    (unit.folder / "go-on").touch()
    assert unit.run(APPLY) == 0
    assert [one["instances"][0].get("status") for one in unit.state["resources"]] == [None, None]


@pytest.mark.parametrize("delay", [0.0, 0.03, 0.06])
def test_an_interrupt_that_comes_early_is_not_lost(setting: str, tmp_path: Path, delay: float) -> None:
    unit = Unit(tmp_path / "unit", setting, SLOW)
    assert unit.run(argv.init()) == 0

    async def scenario() -> Completed:
        (unit.folder / "out").unlink()
        task = asyncio.create_task(unit.start(APPLY))
        await until((unit.folder / "out").exists)
        await asyncio.sleep(delay)
        unit.engine.interrupt()
        (unit.folder / "go-on").touch()
        return await task

    done = asyncio.run(scenario())
    # Either nothing had begun yet, or Terraform says that it was told.
    told = any("Interrupt received" in line for line in unit.lines)
    assert told or (done.status != 0 and not (unit.folder / "terraform.tfstate").exists())
    assert not (unit.folder / ".terraform.tfstate.lock.info").exists()


def test_a_killed_engine_has_failed(setting: str, tmp_path: Path) -> None:
    unit = Unit(tmp_path / "unit", setting, SLOW)
    assert unit.run(argv.init()) == 0

    async def scenario() -> Completed:
        task = asyncio.create_task(unit.start(APPLY))
        await until((unit.folder / "started").exists)
        unit.engine.kill()
        return await task

    assert asyncio.run(scenario()).status == -signal.SIGKILL


def test_an_apply_goes_on_when_tfwrap_is_killed(setting: str, tmp_path: Path) -> None:
    unit = Unit(tmp_path / "unit", setting, SLOW)
    assert unit.run(argv.init()) == 0
    driver = f"""
        import asyncio, os
        from pathlib import Path
        from tfwrap.engine import argv
        from tfwrap.engine.choose import choose
        from tfwrap.engine.protocol import Invocation
        folder = Path({str(unit.folder)!r})
        engine = choose({setting!r}, None, os.environ)
        environment = {dict(unit.environment)!r}
        arguments = ("apply", "-auto-approve", "-json")
        invocation = Invocation(arguments, folder, environment, folder / "out", folder / "err")
        asyncio.run(engine.run(invocation, print))
    """
    tfwrap = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(driver)], stdout=subprocess.PIPE, stdin=subprocess.DEVNULL
    )
    try:
        asyncio.run(until((unit.folder / "started").exists))
    finally:
        tfwrap.kill()
        tfwrap.communicate()
    (unit.folder / "go-on").touch()
    asyncio.run(until(lambda: "Apply complete!" in unit.stdout))
    asyncio.run(until(lambda: not (unit.folder / ".terraform.tfstate.lock.info").exists()))
    assert sorted(unit.resources) == ["first", "slow"]
