"""Generation cut off at every moment: the next one goes on by itself, whatever it is asked for."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from workspace_kit import files_of, make_project, make_unit, refer, stack

from tfwrap.settings.project import Project
from tfwrap.stacks.model import Unit
from tfwrap.workspace.generate import plan_generation
from tfwrap.workspace.sync import apply_sync

Units = Callable[[Project], list[Unit]]


class Killed(BaseException):
    pass


class Bomb:
    """Goes off before the n-th rename or removal of a file or folder, as an audit hook sees them."""

    left: int | None = None

    def __call__(self, event: str, _arguments: tuple[object, ...]) -> None:
        if self.left is not None and event in {"os.rename", "os.remove", "os.rmdir"}:
            self.left -= 1
            if self.left < 0:
                self.left = None
                raise Killed

    @contextmanager
    def after(self, steps: int) -> Iterator[None]:
        self.left = steps
        try:
            yield
        finally:
            self.left = None


BOMB = Bomb()
sys.addaudithook(BOMB)


def first(project: Project) -> list[Unit]:
    return [make_unit(project, "app", references=(refer("net"),)), make_unit(project, "net"), make_unit(project, "old")]


def second(project: Project) -> list[Unit]:
    """`net` as before; `app` changes, loses a file; `old` goes, `new` comes."""
    return [make_unit(project, "app", arguments={"label": "2"}), make_unit(project, "net"), make_unit(project, "new")]


def third(project: Project) -> list[Unit]:
    """`app` changes again, `old` is back, `new` is gone again."""
    return [make_unit(project, "app", arguments={"label": "3"}), make_unit(project, "old", outputs=())]


def generate(project: Project, units: list[Unit], *, keep: bool = False) -> None:
    apply_sync(plan_generation(project, "dev", stack(*units), holds=lambda _: keep))


def clean(root: Path, units: Units) -> dict[str, bytes]:
    """What a generation that starts from nothing writes."""
    project = make_project(root)
    generate(project, units(project))
    return files_of(project.live)


@pytest.mark.parametrize("then", [first, second, third])
def test_the_next_generation_goes_on_wherever_it_was_killed(tmp_path: Path, then: Units) -> None:
    steps = 0
    finished = False
    while not finished:
        project = make_project(tmp_path / str(steps))
        generate(project, first(project))
        try:
            with BOMB.after(steps):
                generate(project, second(project))
            finished = True
        except Killed:
            pass
        generate(project, then(project))
        assert files_of(project.live) == clean(tmp_path / f"{steps}-clean", then)
        steps += 1
    assert steps > 10  # journal, 4 written, 4 + 1 removed, record


def test_killed_twice_in_different_places(tmp_path: Path) -> None:
    for one in range(0, 12, 3):
        for other in range(0, 12, 3):
            project = make_project(tmp_path / f"{one}-{other}")
            generate(project, first(project))
            for steps, units in ((one, second), (other, third)):
                try:
                    with BOMB.after(steps):
                        generate(project, units(project))
                except Killed:
                    pass
            generate(project, second(project))
            assert files_of(project.live) == clean(tmp_path / f"{one}-{other}-clean", second)


def test_a_unit_with_resources_survives_a_kill_in_the_record(tmp_path: Path) -> None:
    for steps in range(8):
        project = make_project(tmp_path / str(steps))
        generate(project, first(project))
        old = files_of(project.live / "dev/old")
        try:
            with BOMB.after(steps):
                generate(project, second(project), keep=True)
        except Killed:
            pass
        plan = plan_generation(project, "dev", stack(*second(project)))
        apply_sync(plan)
        assert plan.removed == ("old",)
        assert files_of(project.live / "dev/old") == old


def test_what_a_person_wrote_is_still_theirs_after_a_kill(tmp_path: Path) -> None:
    for steps in range(10):
        project = make_project(tmp_path / str(steps))
        generate(project, first(project))
        for name in ("app/main.tf", "new/main.tf"):
            (project.live / "dev" / name).parent.mkdir(exist_ok=True)
            (project.live / "dev" / name).write_text("mine\n")
        forced = plan_generation(project, "dev", stack(*second(project)), holds=lambda _: False)
        try:
            with BOMB.after(steps):
                apply_sync(forced, force=True)
        except Killed:
            pass
        again = plan_generation(project, "dev", stack(*second(project)), holds=lambda _: False)
        for change in again.changes:
            assert (change.old == b"mine\n") == (change.kind in {"edited", "foreign"})


def test_a_real_kill_leaves_nothing_behind(tmp_path: Path) -> None:
    project = make_project(tmp_path / "project")
    generate(project, first(project))
    code = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from tfwrap.settings.project import find_project
import test_workspace_killed as kit
kit.Bomb.__call__ = lambda self, event, arguments: None
project = find_project(Path(sys.argv[1]))
seen = []
def kill(event, arguments):
    if event == "os.rename":
        seen.append(event)
        if len(seen) == 3:
            os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(kill)
kit.generate(project, kit.second(project))
"""
    here = str(Path(__file__).parent)
    done = subprocess.run([sys.executable, "-c", code, str(project.root), here], check=False, capture_output=True)
    assert done.returncode == -9, done.stderr
    assert list((project.live / "dev").rglob(".*.tf.*"))
    generate(project, second(project))
    assert files_of(project.live) == clean(tmp_path / "clean", second)
