"""Random graphs, failures and changes against an oracle of what may run, in which order, and how it ends.

The engine is a fake at the seam: it keeps states as Terraform would, and fails where it is told to. What is
under test is everything between settings and engine: planning, bundles, applying.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from kit.units import MODULES, environment, unit

from tfwrap.base.problems import NeedsPlanFailure
from tfwrap.engine.protocol import Completed, Invocation
from tfwrap.graph.dag import Dag
from tfwrap.report.lines import Quiet
from tfwrap.run.apply import apply_bundle
from tfwrap.run.bundle import Bundle
from tfwrap.run.planning import plan_environment
from tfwrap.run.record import RunRecord
from tfwrap.run.session import Options, Session
from tfwrap.settings.project import find_project
from tfwrap.stacks.registry import load_stack
from tfwrap.workspace.generate import plan_generation
from tfwrap.workspace.sync import apply_sync

ECHO = 'variable "texts" {\n  type = list(string)\n}\n\noutput "text" {\n  value = join("-", var.texts)\n}\n'


@dataclass
class FakeEngine:
    """Terraform for units whose one output joins their texts: real states, real-looking plans."""

    root: Path
    fail_plan: frozenset[str] = frozenset()
    fail_apply: frozenset[str] = frozenset()
    name: str = "embedded"
    version: str = "1.15.5"
    reason: str = "fake"
    ran: list[tuple[str, str]] = field(default_factory=list)

    async def run(self, invocation: Invocation, _on_line: Callable[[str], None] | None = None) -> Completed:
        await asyncio.sleep(0)
        return self._call(invocation, invocation.arguments[0], invocation.folder.name)

    def _call(self, invocation: Invocation, step: str, name: str) -> Completed:
        invocation.stdout.write_text("")
        invocation.stderr.write_text("")
        if step == "plan":
            self.ran.append(("plan", name))
            return self._plan(invocation, name)
        if step == "apply":
            self.ran.append(("apply", name))
            return self._apply(invocation, name)
        return Completed(0, 0.0)

    def _plan(self, invocation: Invocation, name: str) -> Completed:
        if name in self.fail_plan:
            return Completed(1, 0.0)
        values = self._values(invocation)
        generated = json.loads((invocation.folder / "fake.json").read_text())
        new = None if "-destroy" in invocation.arguments else "-".join([*generated, *values.values()])
        old = self.text(name)
        action = ["no-op"] if old == new else ["create"] if old is None else ["delete"] if new is None else ["update"]
        change = {"actions": action, "before": old, "after": new, "after_unknown": False}
        resource = {"address": "r.r", "mode": "managed", "type": "r", "name": "r", "change": change}
        plan = {"format_version": "1.2", "resource_changes": [resource], "output_changes": {"text": change}}
        out = next(word for word in invocation.arguments if word.startswith("-out="))
        Path(out.removeprefix("-out=")).write_text(json.dumps(plan))
        assert invocation.then is not None
        invocation.then.stdout.write_text(json.dumps(plan))
        invocation.then.stderr.write_text("")
        return Completed(0 if action == ["no-op"] else 2, 0.0, then=0)

    def _apply(self, invocation: Invocation, name: str) -> Completed:
        if name in self.fail_apply:
            return Completed(1, 0.0)
        plan = json.loads(Path(invocation.arguments[-1]).read_text())
        self.write(name, plan["output_changes"]["text"]["after"])
        return Completed(0, 0.0)

    @staticmethod
    def _values(invocation: Invocation) -> dict[str, str]:
        files = [word.removeprefix("-var-file=") for word in invocation.arguments if word.startswith("-var-file=")]
        return {key: value for file in files for key, value in sorted(json.loads(Path(file).read_text()).items())}

    def _path(self, name: str) -> Path:
        return self.root / f"state/dev/{name}.tfstate"

    def text(self, name: str) -> str | None:
        if not self._path(name).exists():
            return None
        found: str | None = json.loads(self._path(name).read_text())["outputs"].get("text", {}).get("value")
        return found

    def write(self, name: str, text: str | None) -> None:
        path = self._path(name)
        serial = json.loads(path.read_text())["serial"] if path.exists() else 0
        outputs = {} if text is None else {"text": {"value": text, "type": "string"}}
        instance = {"mode": "managed", "type": "r", "name": "r", "instances": [] if text is None else [{}]}
        state = {"version": 4, "serial": serial + 1, "lineage": name, "outputs": outputs, "resources": [instance]}
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(state))

    def interrupt(self) -> None:
        raise AssertionError("nobody sends signals here")

    kill = interrupt


@dataclass(frozen=True)
class Case:
    """Units are u0, u1, …; each may need earlier ones. `second` are the texts of a later run."""

    needs: tuple[tuple[int, ...], ...]
    first: tuple[str, ...]
    second: tuple[str, ...]
    fail_plan: frozenset[str]
    fail_apply: frozenset[str]
    parallelism: int
    stop: bool

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(f"u{index}" for index in range(len(self.needs)))

    @property
    def dag(self) -> Dag:
        edges = {f"u{index}": tuple(f"u{one}" for one in needs) for index, needs in enumerate(self.needs)}
        return Dag(self.names, edges)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    count = draw(st.integers(1, 6))
    needs = tuple(
        tuple(sorted(draw(st.sets(st.integers(0, index - 1), max_size=3)))) if index else () for index in range(count)
    )
    texts = st.tuples(*[st.sampled_from("ab")] * count)
    some = st.frozensets(st.sampled_from([f"u{index}" for index in range(count)]), max_size=2)
    nothing: st.SearchStrategy[frozenset[str]] = st.just(frozenset())
    return Case(
        needs,
        draw(texts),
        draw(texts),
        draw(st.one_of(nothing, nothing, some)),
        draw(st.one_of(nothing, some)),
        draw(st.integers(1, 4)),
        draw(st.booleans()),
    )


class World:
    """A project in a folder of its own, with the fake engine in it."""

    def __init__(self, folder: Path, case: Case) -> None:
        self.root = folder
        self.case = case
        self.engine = FakeEngine(folder)
        for name, text in {**MODULES, "modules/join/main.tf": ECHO, "tfwrap.toml": ""}.items():
            self._write(name, text)

    def _write(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def session(self, texts: tuple[str, ...], command: str) -> Session:
        units: dict[str, Mapping[str, Any]] = {}
        for index, needs in enumerate(self.case.needs):
            words = [texts[index], *(f"${{u{one}.text}}" for one in needs)]
            units[f"u{index}"] = unit("join", inputs={"texts": words})
        for name, text in environment(units).items():
            self._write(name, text)
        project = find_project(self.root)
        stack = load_stack(project, "dev")
        apply_sync(plan_generation(project, "dev", stack))
        for name, text in zip(self.case.names, texts, strict=True):
            self._write(f"live/dev/{name}/fake.json", json.dumps([text]))
        options = Options(self.case.parallelism, on_error="stop" if self.case.stop else "block")
        selected = Dag(self.case.names, {one.name: one.dependencies for one in stack.units}).order()
        return Session(
            project, "dev", stack, selected, self.engine, Quiet(), options, {}, run_id="run", command=command
        )

    def plan(self, texts: tuple[str, ...], *, destroy: bool = False) -> RunRecord:
        session = self.session(texts, "plan")
        mode: Any = "destroy" if destroy else "apply"
        return asyncio.run(plan_environment(session, mode, session.bundle_folder, detailed=True))

    def apply(self, texts: tuple[str, ...]) -> RunRecord:
        session = self.session(texts, "apply")
        return asyncio.run(apply_bundle(session, Bundle(session.bundle_folder), replan="refuse"))

    def expected(self, texts: tuple[str, ...]) -> dict[str, str]:
        """What each unit says once everything is applied."""
        found: dict[str, str] = {}
        for index, needs in enumerate(self.case.needs):
            # Values come in the order of the variables' names, as the fake reads them.
            found[f"u{index}"] = "-".join([texts[index], *(found[f"u{one}"] for one in needs)])
        return found


def blocked_by(dag: Dag, bad: frozenset[str]) -> tuple[set[str], set[str]]:
    """Who fails (bad itself, unless something above it did), and who is blocked."""
    failed: set[str] = set()
    blocked: set[str] = set()
    for name in dag.order():
        if dag.ancestors(name) & failed:
            blocked.add(name)
        elif name in bad:
            failed.add(name)
    return failed, blocked


def check_failures(record: RunRecord, case: Case, bad: frozenset[str], dag: Dag) -> None:
    failed, blocked = blocked_by(dag, bad)
    results = {row.name: row.result for row in record.units}
    really = {name for name, result in results.items() if result == "failed"}
    stopped = {name for name, result in results.items() if result == "blocked"}
    if case.stop:
        assert really <= failed
        assert bool(really) == bool(failed)
    else:
        assert (really, stopped) == (failed, blocked)
    for row in record.units:
        if row.result == "blocked":
            assert row.cause in really
            assert case.stop or row.cause in dag.ancestors(row.name)


def check_order(ran: list[tuple[str, str]], step: str, dag: Dag) -> None:
    done = [name for what, name in ran if what == step]
    assert len(done) == len(set(done))  # nothing is tried twice
    for index, name in enumerate(done):
        assert not dag.descendants(name) & set(done[:index])


@given(cases())
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_runs_do_what_the_oracle_says(case: Case) -> None:
    folder = Path(tempfile.mkdtemp(prefix="tfwrap-model-"))
    try:
        scenario(World(folder, case), case)
    finally:
        shutil.rmtree(folder)


def scenario(world: World, case: Case) -> None:
    engine, dag = world.engine, case.dag
    # A first plan that may fail: its bundle is refused, nothing is applied.
    engine.fail_plan = case.fail_plan
    planned = world.plan(case.first)
    check_failures(planned, case, case.fail_plan, dag)
    check_order(engine.ran, "plan", dag)
    if case.fail_plan:
        assert planned.exit_code == 1
        with pytest.raises(NeedsPlanFailure):
            world.apply(case.first)
        assert all(engine.text(name) is None for name in case.names)
        engine.fail_plan = frozenset()
        planned = world.plan(case.first)
    assert (planned.exit_code, {row.result for row in planned.units}) == (2, {"changed"})
    assert all((row.plan_class == "chained") == bool(dag.direct(row.name)) for row in planned.units)

    # An apply in which units fail; whatever did not hang on them is applied, in order, and is what it should be.
    engine.ran.clear()
    engine.fail_apply = case.fail_apply
    applied = world.apply(case.first)
    check_failures(applied, case, case.fail_apply, dag)
    check_order(engine.ran, "apply", dag)
    assert applied.exit_code == (1 if case.fail_apply else 0)
    wanted = world.expected(case.first)
    for row in applied.units:
        assert engine.text(row.name) == (wanted[row.name] if row.result == "applied" else None)

    # Mended, and other texts: one more plan and apply bring everything where it should be.
    engine.fail_apply = frozenset()
    wanted = world.expected(case.second)
    before = {name: engine.text(name) for name in case.names}
    planned = world.plan(case.second)
    assert {row.name for row in planned.units if row.result == "changed"} == {
        name for name in case.names if before[name] != wanted[name]
    }
    engine.ran.clear()
    applied = world.apply(case.second)
    assert applied.exit_code == 0
    assert {name: engine.text(name) for name in case.names} == wanted
    assert {name for what, name in engine.ran if what == "apply"} == {n for n in case.names if before[n] != wanted[n]}

    # Destroyed in the reverse order.
    assert world.plan(case.second, destroy=True).exit_code == 2
    engine.ran.clear()
    assert world.apply(case.second).exit_code == 0
    check_order(engine.ran, "apply", dag.reversed())
    assert all(engine.text(name) is None for name in case.names)
