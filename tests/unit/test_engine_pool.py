"""Warm workers with a fake program and a fake provider: what they share, and what happens when something dies."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from engine_fakes import SOURCE, program, provider
from kit.processes import alive, is_worker, parent_of, running
from kit.waiting import until

from tfwrap.engine.cache import Memo
from tfwrap.engine.lane import Lane, LaneFault, flavor_of
from tfwrap.engine.pool import Pool
from tfwrap.engine.protocol import Completed, Invocation


class Bench:
    """A pool and units to run in it."""

    def __init__(self, folder: Path, *, patience: float = 20.0, growth: int = 1 << 30) -> None:
        self.folder = folder
        self.program = program(folder / "bin")
        self.provider = provider(folder / "bin")
        self.pool = Pool(
            Memo(folder / "protocols.json"), program=(str(self.program),), patience=patience, growth=growth
        )

    def unit(self, name: str) -> Path:
        folder = self.folder / name
        folder.mkdir(exist_ok=True)
        return folder

    def invocation(self, name: str, *words: str, mark: str = "", timeout: float | None = 30) -> Invocation:
        folder = self.unit(name)
        environment = {"PATH": os.environ["PATH"], "TF_DATA_DIR": f"/data/{name}", "MARK": mark}
        warm = ((SOURCE, str(self.provider)),)
        return Invocation(words, folder, environment, folder / "out", folder / "err", timeout, warm)

    async def run(self, name: str, *words: str, grace: float = 10.0, **more: Any) -> Completed:
        done = await self.pool.run(self.invocation(name, *words, **more), None, grace)
        assert done is not None, "no worker can be had"
        return done

    async def ask(self, name: str, **more: Any) -> dict[str, Any]:
        done = await self.run(name, "plan", "ask", **more)
        assert done.status == 0, (self.unit(name) / "err").read_text()
        facts: dict[str, Any] = json.loads((self.unit(name) / "out").read_text())
        return facts

    async def start(self, name: str, *words: str, **more: Any) -> asyncio.Task[Completed]:
        task = asyncio.create_task(self.run(name, *words, **more))
        await until((self.unit(name) / "started").exists)
        return task


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.pool.kill()
    made.pool.close()


def test_units_share_a_provider_that_stands_in_the_folder_of_each(bench: Bench) -> None:
    async def scenario() -> list[dict[str, Any]]:
        return [await bench.ask(name) for name in ("a", "b", "a")]

    first, second, third = asyncio.run(scenario())
    assert first["pid"] == second["pid"] == third["pid"]
    assert [Path(one["cwd"]).name for one in (first, second, third)] == ["a", "b", "a"]
    assert [one["data"] for one in (first, second)] == ["/data/a", "/data/b"]
    (lane,) = bench.pool.lanes
    assert os.readlink(f"/proc/{lane.pid}/cwd") == "/"  # noqa: PTH115
    assert lane.folder.stat().st_mode & 0o777 == 0o700
    assert Path(first["socket"]).is_relative_to(lane.folder)
    assert (bench.unit("a") / "out").stat().st_mode & 0o777 == 0o600
    bench.pool.close()
    assert not lane.folder.exists()
    assert not alive(lane.pid)
    asyncio.run(until(lambda: not alive(first["pid"])))


def test_workers_outlast_an_event_loop(bench: Bench) -> None:
    assert asyncio.run(bench.ask("a"))["pid"] == asyncio.run(bench.ask("a"))["pid"]


def test_no_two_commands_share_a_provider_at_the_same_time(bench: Bench) -> None:
    async def scenario() -> tuple[int, int]:
        waiting = await bench.start("a", "plan", "wait")
        other = await bench.ask("b")
        (bench.unit("a") / "go-on").touch()
        assert (await waiting).status == 0
        return other["pid"], (await bench.ask("a"))["pid"]

    asyncio.run(scenario())
    assert len(bench.pool.lanes) == 2


def test_another_environment_is_another_worker(bench: Bench) -> None:
    async def scenario() -> tuple[dict[str, Any], dict[str, Any]]:
        return await bench.ask("a", mark="one"), await bench.ask("a", mark="two")

    one, two = asyncio.run(scenario())
    assert (one["mark"], two["mark"]) == ("one", "two")
    assert one["pid"] != two["pid"]


def test_a_provider_that_dies_is_named_and_replaced(bench: Bench) -> None:
    async def scenario() -> tuple[Completed, int, int]:
        before = (await bench.ask("a"))["pid"]
        task = await bench.start("a", "plan", "wait")
        os.kill(before, signal.SIGKILL)
        done = await task
        return done, before, (await bench.ask("a"))["pid"]

    done, before, after = asyncio.run(scenario())
    assert (done.status, done.lost) == (1, f"{SOURCE} stopped answering")
    assert before != after


def test_a_provider_that_hangs_is_ended(tmp_path: Path) -> None:
    bench = Bench(tmp_path, patience=2.0)

    async def scenario() -> Completed:
        provider = (await bench.ask("a"))["pid"]
        task = await bench.start("a", "plan", "wait")
        os.kill(provider, signal.SIGSTOP)
        return await task

    done = asyncio.run(scenario())
    assert (done.status, done.lost) == (1, f"{SOURCE} stopped answering")
    assert bench.pool.lanes == ()


def test_a_provider_that_is_busy_is_left_alone(tmp_path: Path) -> None:
    bench = Bench(tmp_path, patience=1.6)

    async def scenario() -> Completed:
        task = await bench.start("a", "plan", "wait")
        await asyncio.sleep(2.5)
        (bench.unit("a") / "go-on").touch()
        return await task

    done = asyncio.run(scenario())
    assert (done.status, done.lost) == (0, None)
    bench.pool.close()


def test_a_worker_that_dies_is_not_the_programs_verdict(bench: Bench) -> None:
    async def scenario() -> tuple[Completed, int]:
        first = await bench.ask("a")
        task = await bench.start("a", "plan", "wait")
        os.kill(bench.pool.lanes[0].pid, signal.SIGKILL)
        done = await task
        await until(lambda: not alive(first["pid"]))  # its provider ends with it
        return done, first["pid"]

    done, provider = asyncio.run(scenario())
    assert done.status == -signal.SIGKILL
    assert done.lost is not None
    assert asyncio.run(bench.ask("a"))["pid"] != provider


def test_a_worker_that_hangs_is_killed_in_a_plan(tmp_path: Path) -> None:
    bench = Bench(tmp_path, patience=1.5)

    async def scenario() -> Completed:
        task = await bench.start("a", "plan", "wait")
        os.kill(bench.pool.lanes[0].pid, signal.SIGSTOP)
        return await task

    done = asyncio.run(scenario())
    assert done.status == -signal.SIGKILL
    assert done.lost is not None


def test_an_interrupt_reaches_the_program_and_ends_the_worker(bench: Bench) -> None:
    async def scenario() -> Completed:
        task = await bench.start("a", "apply", "wait")
        bench.pool.interrupt()
        return await task

    done = asyncio.run(scenario())
    assert (done.status, done.lost) == (1, None)
    assert (bench.unit("a") / "interrupted").exists()
    assert bench.pool.lanes == ()  # providers that were told to stop are not used again


def test_an_interrupt_before_the_worker_is_ready_starts_nothing(bench: Bench) -> None:
    async def scenario() -> Completed:
        task = asyncio.ensure_future(bench.run("a", "apply", "wait"))
        await asyncio.sleep(0)  # it waits for its worker
        bench.pool.interrupt()
        return await task

    assert asyncio.run(scenario()).status == -signal.SIGINT
    assert (bench.unit("a") / "out").read_text() == (bench.unit("a") / "err").read_text() == ""  # there to be read


def test_a_timeout_interrupts(bench: Bench) -> None:
    done = asyncio.run(bench.run("a", "plan", "wait", timeout=3.0))
    assert (done.status, done.timed_out) == (1, True)
    assert (bench.unit("a") / "out").read_text() == "started\ninterrupted\n"


def test_what_does_not_stop_loses_its_providers_first(bench: Bench) -> None:
    """Terraform ends by itself then: it has saved its state and let go of it."""
    done = asyncio.run(bench.run("a", "apply", "hang", timeout=3.0, grace=0.3))
    assert (done.status, done.timed_out, done.lost) == (1, True, f"{SOURCE} stopped answering")
    assert (bench.unit("a") / "out").read_text() == "started\nprovider is gone\n"
    assert bench.pool.lanes == ()


def test_a_cancelled_command_is_waited_for(bench: Bench) -> None:
    async def scenario() -> None:
        task = await bench.start("a", "apply", "wait")
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(scenario())
    assert (bench.unit("a") / "interrupted").exists()
    assert bench.pool.lanes == ()


def test_a_kill_ends_everything(bench: Bench) -> None:
    async def scenario() -> Completed:
        provider = (await bench.ask("a"))["pid"]
        task = await bench.start("a", "apply", "wait")
        bench.pool.kill()
        done = await task
        await until(lambda: not alive(provider))
        return done

    done = asyncio.run(scenario())
    assert done.status == -signal.SIGKILL


def test_a_worker_that_grows_is_replaced(tmp_path: Path) -> None:
    bench = Bench(tmp_path, growth=-1)

    async def scenario() -> set[int]:
        return {(await bench.ask("a"))["pid"] for _ in range(3)}

    assert len(asyncio.run(scenario())) == 3
    assert bench.pool.lanes == ()


def test_a_provider_that_leaves_too_much_open_is_replaced(bench: Bench) -> None:
    async def scenario(mark: str) -> list[int]:
        return [(await bench.ask("a", mark=mark))["pid"] for _ in range(4)]

    first, second, third, fourth = asyncio.run(scenario("leaky"))
    assert (first == second, second == third, third == fourth) == (True, False, True)
    assert len(set(asyncio.run(scenario("tidy")))) == 1


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("print('hello')", "does not speak as a provider"),
        ("import sys; sys.exit(1)", "ended before it served"),
        ("import time; time.sleep(60)", "did not begin to serve in time"),
    ],
)
def test_what_does_not_serve_is_not_tried_again(tmp_path: Path, code: str, why: str) -> None:
    patience = 1.0 if "sleep" in code else 20.0
    bench = Bench(tmp_path, patience=patience)
    tries = tmp_path / "tries"
    provider(tmp_path / "bin", f"print('tried', file=open({str(tries)!r}, 'a'))\n{code}")
    invocation = bench.invocation("a", "plan", "ask")

    async def scenario() -> list[Completed | None]:
        return [await bench.pool.run(invocation, None, 1.0) for _ in range(2)]

    assert asyncio.run(scenario()) == [None, None]
    assert tries.read_text() == "tried\n"
    assert bench.pool.lanes == ()
    lane = Lane(flavor_of(invocation), {}, library=None, program=(str(bench.program),), patience=patience)
    with pytest.raises(LaneFault, match=why):
        asyncio.run(lane.ready())
    lane.kill()
    lane.close()


def test_a_worker_that_cannot_be_started_holds_nobody_up(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tfwrap.engine.pool._available_memory", lambda: 0)  # one at a time
    too_long = bench.invocation("b", "plan", "ask", mark="x" * 200_000)

    async def scenario() -> tuple[Completed | None, dict[str, Any]]:
        first = await bench.start("a", "plan", "wait")
        second = asyncio.create_task(bench.pool.run(too_long, None, 1.0))
        cancelled = asyncio.create_task(bench.ask("d"))
        third = asyncio.create_task(bench.ask("c"))
        await asyncio.sleep(0)  # all three wait
        cancelled.cancel()
        (bench.unit("a") / "go-on").touch()
        await first
        return await second, await asyncio.wait_for(third, 20)

    refused, answered = asyncio.run(scenario())
    assert refused is None
    assert Path(answered["cwd"]).name == "c"


DRIVER = """
    import asyncio, os, sys
    from pathlib import Path
    sys.path[:0] = {paths!r}
    from test_engine_pool import Bench
    bench = Bench(Path({folder!r}))
    async def scenario():
        print((await bench.ask("idle", mark="idle"))["pid"], flush=True)
        task = asyncio.create_task(bench.run("a", {command!r}, "wait"))
        await asyncio.sleep(600)
    asyncio.run(scenario())
"""


@pytest.mark.parametrize(("command", "leaves"), [("apply", "finished"), ("plan", "interrupted")])
def test_nothing_outlives_a_tfwrap_that_was_killed(tmp_path: Path, command: str, leaves: str) -> None:
    """An apply is finished first, a plan is stopped; then workers, providers and their folders are gone."""
    own = tmp_path / "tmp"
    own.mkdir()
    here = Path(__file__).parent
    code = DRIVER.format(paths=[str(here), str(here.parent)], folder=str(tmp_path), command=command)
    tfwrap = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code)],
        stdout=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        env={**os.environ, "TMPDIR": str(own)},
    )
    try:
        asyncio.run(until((tmp_path / "a" / "started").exists))
        folders = sorted(Path("/tmp").glob("tfwrap-*")) + sorted(own.iterdir())
        workers = [pid for pid, words in running().items() if is_worker(words) and _names(words, folders)]
        mine = [pid for pid in workers if parent_of(pid) == tfwrap.pid]
        assert len(mine) == 2
    finally:
        tfwrap.kill()
        tfwrap.communicate()
    if command == "apply":
        time.sleep(0.3)
        assert not (tmp_path / "a" / "interrupted").exists()
        (tmp_path / "a" / "go-on").touch()
    asyncio.run(until((tmp_path / "a" / leaves).exists))
    asyncio.run(until(lambda: not any(alive(pid) for pid in mine)))
    asyncio.run(until(lambda: not any(_names(words, [tmp_path / "bin"]) for words in running().values())))
    assert list(own.iterdir()) == []


def _names(words: list[str], folders: list[Path]) -> bool:
    return any(str(folder) in word for word in words for folder in folders)
