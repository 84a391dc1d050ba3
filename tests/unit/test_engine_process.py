from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sys
import textwrap
from collections.abc import Callable
from functools import partial
from operator import contains
from pathlib import Path

import pytest
from kit.processes import alive
from kit.waiting import until

from tfwrap.engine.follow import Follower
from tfwrap.engine.hooks import run_hook
from tfwrap.engine.process import Processes
from tfwrap.engine.protocol import Completed


def python(code: str) -> tuple[str, ...]:
    return (sys.executable, "-I", "-S", "-c", textwrap.dedent(code))


async def start(
    processes: Processes,
    argv: tuple[str, ...],
    folder: Path,
    *,
    timeout: float | None = None,
    on_line: Callable[[str], None] | None = None,
) -> Completed:
    out, error = folder / "out", folder / "err"
    return await processes.run(argv, folder, os.environ, stdout=out, stderr=error, timeout=timeout, on_line=on_line)


STUBBORN = """
    import os, signal, subprocess, sys, time
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    child = subprocess.Popen(["sleep", "60"])
    print(os.getpid(), child.pid, flush=True)
    time.sleep(60)
"""
# Who is interrupted while `print` still writes must not print, so these write by themselves.
POLITE = """
    import os, signal, sys, time
    def stop(*_):
        os.write(1, b"stopping\\n")
        sys.exit(7)
    signal.signal(signal.SIGINT, stop)
    os.write(1, b"ready\\n")
    time.sleep(60)
"""


def test_status_output_and_closed_stdin(tmp_path: Path) -> None:
    code = "import sys; print(repr(sys.stdin.read())); print('oops', file=sys.stderr); sys.exit(3)"
    done = asyncio.run(start(Processes(), python(code), tmp_path))
    assert (done.status, done.timed_out) == (3, False)
    assert (tmp_path / "out").read_text() == "''\n"
    assert (tmp_path / "err").read_text() == "oops\n"
    assert (tmp_path / "out").stat().st_mode & 0o777 == 0o600


def test_one_file_for_both_keeps_the_order_and_empties_it_first(tmp_path: Path) -> None:
    log = tmp_path / "logs" / "both"
    script = ("sh", "-c", "echo one; echo two >&2; echo three")
    for _ in range(2):
        asyncio.run(Processes().run(script, tmp_path, os.environ, stdout=log, stderr=log))
    assert log.read_text() == "one\ntwo\nthree\n"


def test_a_child_killed_by_a_signal_has_a_negative_status(tmp_path: Path) -> None:
    done = asyncio.run(start(Processes(), ("sh", "-c", "kill -9 $$"), tmp_path))
    assert done.status == -signal.SIGKILL


def test_lines_are_passed_on_while_the_child_runs(tmp_path: Path) -> None:
    go_on = tmp_path / "go-on"
    code = f"""
        import os, sys, time
        print("first", flush=True)
        while not os.path.exists({str(go_on)!r}):
            time.sleep(0.01)
        sys.stdout.write("last, no line end")
    """
    seen: list[str] = []

    def on_line(line: str) -> None:
        seen.append(line)
        go_on.touch()  # only reached while the child waits for it

    done = asyncio.run(start(Processes(), python(code), tmp_path, timeout=20, on_line=on_line))
    assert done.status == 0
    assert seen == ["first", "last, no line end"]


def test_lines_of_any_length_and_any_bytes(tmp_path: Path) -> None:
    code = """
        import sys
        sys.stdout.buffer.write(b"x" * 3_000_000 + b"\\n\\n" + b"caf\\xc3\\xa9 \\xff\\r\\n" + b"y" * 2_000_000)
    """
    seen: list[str] = []
    asyncio.run(start(Processes(), python(code), tmp_path, on_line=seen.append))
    assert [len(line) for line in seen] == [3_000_000, 0, 6, 2_000_000]
    assert seen[2] == "café \ufffd"


def test_following_does_not_cut_a_character_in_two(tmp_path: Path) -> None:
    file = tmp_path / "f"
    file.write_bytes(b"a\nb\xc3")
    seen: list[str] = []
    follower = Follower(file, seen.append)
    assert follower.read()
    assert seen == ["a"]
    with file.open("ab") as more:
        more.write(b"\xa9\nc")
    follower.finish()
    follower.close()
    assert seen == ["a", "bé", "c"]
    assert file.read_bytes() == b"a\nb\xc3\xa9\nc"


def test_a_timeout_interrupts_first(tmp_path: Path) -> None:
    done = asyncio.run(start(Processes(), python(POLITE), tmp_path, timeout=3.0))
    assert (done.status, done.timed_out) == (7, True)
    assert (tmp_path / "out").read_text() == "ready\nstopping\n"


def test_a_timeout_kills_the_stubborn_and_its_children(tmp_path: Path) -> None:
    done = asyncio.run(start(Processes(grace=0.2), python(STUBBORN), tmp_path, timeout=3.0))
    assert (done.status, done.timed_out) == (-signal.SIGKILL, True)
    pids = [int(pid) for pid in (tmp_path / "out").read_text().split()]
    assert len(pids) == 2
    asyncio.run(until(lambda: not any(alive(pid) for pid in pids)))


def test_a_timeout_ends_providers_before_it_kills(tmp_path: Path) -> None:
    """The child heeds no interrupt, but ends well when its provider is gone."""
    provider = tmp_path / "terraform-provider-fake_v1.0.0"
    shutil.copy(shutil.which("sleep") or "", provider)
    waiting = f"""
        import signal, subprocess, sys
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        print(subprocess.run([{str(provider)!r}, "60"]).returncode)
        sys.exit(1)
    """
    done = asyncio.run(start(Processes(grace=2.0), python(waiting), tmp_path, timeout=3.0))
    assert (done.status, done.timed_out) == (1, True)
    assert (tmp_path / "out").read_text() == "-9\n"


def test_an_interrupt_reaches_every_child_once_and_no_grandchild(tmp_path: Path) -> None:
    counting = """
        import os, signal, subprocess, sys, time
        got = 0
        def count(*_):
            global got
            got += 1
            os.write(1, b"got %d\\n" % got)
        signal.signal(signal.SIGINT, count)
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(3); print('unhurt')"])
        os.write(1, b"ready\\n")
        child.wait()
    """

    async def scenario() -> list[str]:
        processes = Processes()
        folders = [tmp_path / name for name in ("a", "b")]
        tasks = []
        for folder in folders:
            folder.mkdir()
            tasks.append(asyncio.create_task(start(processes, python(counting), folder)))
        outs = [folder / "out" for folder in folders]
        await until(lambda: all(out.exists() and "ready" in out.read_text() for out in outs))
        processes.interrupt()
        await asyncio.gather(*tasks)
        return [out.read_text() for out in outs]

    assert asyncio.run(scenario()) == ["ready\ngot 1\nunhurt\n"] * 2


def test_a_second_interrupt_is_passed_on_too(tmp_path: Path) -> None:
    counting = """
        import os, signal, sys, time
        got = 0
        def count(*_):
            global got
            got += 1
            os.write(1, b"got %d\\n" % got)
            if got == 2:
                sys.exit(9)
        signal.signal(signal.SIGINT, count)
        os.write(1, b"ready\\n")
        time.sleep(60)
        time.sleep(60)
    """

    async def scenario() -> Completed:
        processes = Processes()
        seen: list[str] = []
        task = asyncio.create_task(start(processes, python(counting), tmp_path, on_line=seen.append))
        for line in ("ready", "got 1"):
            await until(partial(contains, seen, line))
            processes.interrupt()
        return await task

    assert asyncio.run(scenario()).status == 9


def test_an_interrupt_while_a_child_is_being_started_reaches_it(tmp_path: Path) -> None:
    async def scenario() -> Completed:
        processes = Processes()
        task = asyncio.create_task(start(processes, ("sleep", "60"), tmp_path))
        await asyncio.sleep(0)  # it has begun to start, and cannot have finished
        processes.interrupt()
        return await task

    assert asyncio.run(scenario()).status == -signal.SIGINT


def test_kill_ends_whole_groups(tmp_path: Path) -> None:
    async def scenario() -> Completed:
        processes = Processes()
        task = asyncio.create_task(start(processes, python(STUBBORN), tmp_path))
        await until(lambda: (tmp_path / "out").exists() and (tmp_path / "out").read_text().endswith("\n"))
        processes.kill()
        done = await task
        pids = [int(pid) for pid in (tmp_path / "out").read_text().split()]
        await until(lambda: not any(alive(pid) for pid in pids))
        return done

    assert asyncio.run(scenario()).status == -signal.SIGKILL


def test_cancelling_interrupts_and_waits(tmp_path: Path) -> None:
    async def scenario() -> None:
        task = asyncio.create_task(start(Processes(), python(POLITE), tmp_path))
        await until(lambda: (tmp_path / "out").exists() and "ready" in (tmp_path / "out").read_text())
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(scenario())
    assert (tmp_path / "out").read_text() == "ready\nstopping\n"


def test_cancelling_twice_kills(tmp_path: Path) -> None:
    async def scenario() -> list[int]:
        task = asyncio.create_task(start(Processes(grace=60), python(STUBBORN), tmp_path))
        await until(lambda: (tmp_path / "out").exists() and (tmp_path / "out").read_text().endswith("\n"))
        task.cancel()
        await asyncio.sleep(0.1)
        assert not task.done()  # it ignores SIGINT
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(task, 10)
        return [int(pid) for pid in (tmp_path / "out").read_text().split()]

    pids = asyncio.run(scenario())
    asyncio.run(until(lambda: not any(alive(pid) for pid in pids)))


def test_an_error_in_on_line_does_not_leave_the_child_running(tmp_path: Path) -> None:
    def fail(line: str) -> None:
        raise RuntimeError(line)

    with pytest.raises(RuntimeError, match="ready"):
        asyncio.run(start(Processes(), python(POLITE), tmp_path, on_line=fail))
    assert "stopping" in (tmp_path / "out").read_text()


def test_a_hook_runs_in_its_folder_without_a_shell(tmp_path: Path) -> None:
    log = tmp_path / "logs" / "hook.log"
    done = asyncio.run(run_hook(("echo", "$HOME", "*"), tmp_path, os.environ, log))
    assert (done.status, log.read_text()) == (0, "$HOME *\n")
    (tmp_path / "notify").write_text("#!/bin/sh\npwd\nexit 2\n")
    (tmp_path / "notify").chmod(0o755)
    done = asyncio.run(run_hook(("./notify",), tmp_path, os.environ, log))
    assert (done.status, log.read_text()) == (2, f"{tmp_path}\n")


def test_a_hook_that_cannot_be_started_fails_and_says_so(tmp_path: Path) -> None:
    log = tmp_path / "hook.log"
    done = asyncio.run(run_hook(("./gone",), tmp_path, os.environ, log))
    assert done.status == 127
    assert log.read_text() == "./gone: No such file or directory\n"
