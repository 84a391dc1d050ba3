"""A process that is Terraform many times: it loads the library once, keeps providers running, and takes jobs.

`python -I -S worker.py CHANNEL SETUP`; CHANNEL is a socket to tfwrap, SETUP is JSON: `library` (or null: jobs start
`program`), `folder` (its own, 0700), `providers` (source -> [program, protocol]), `data` and `patience`.
One JSON line per job in, one per answer out. Imports nothing of tfwrap. When tfwrap is gone it ends, with all that
it started: an apply that is under way is finished first.
"""

from __future__ import annotations

import _thread
import json
import os
import select
import signal
import sys
import time

sys.path.append(os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120

import child  # noqa: E402
import plugin  # noqa: E402

_ENDED = b"\0"
_MEANT = (1, 2)  # interrupts that Terraform knows: to stop gracefully, and to stop hard
_PAUSE = 0.005
_BEAT = 1.0
_QUICKLY = 10.0  # seconds that a plan nobody waits for any more may take to stop
_PAGE = os.sysconf("SC_PAGESIZE")


class Worker:
    def __init__(self, channel: int, setup: dict) -> None:  # type: ignore[type-arg]
        self.channel = channel
        self.setup = setup
        self.plugins: list[plugin.Plugin] = []
        self.terraform = None
        self.news, self.tell = os.pipe()
        self.status: int | None = None
        self.program: int | None = None
        self.buffer = b""
        self.orphaned = False

    def start(self) -> None:
        """Providers and library at the same time. With another protocol than was expected: all over again."""
        setup = self.setup
        deadline = time.monotonic() + setup["patience"]
        for source, (program, _) in setup["providers"].items():
            self.plugins.append(plugin.Plugin(source, program, setup["folder"]))
        if setup["library"]:
            self.terraform = child.load(setup["library"])
            self.terraform.CancelCli(b"run")  # waits until the library is ready; there is nothing to cancel yet
            # Without a handler of ours, a SIGINT would end the process in the middle of an apply.
            signal.signal(signal.SIGINT, lambda *_: None)
        for one in self.plugins:
            one.greet(deadline)
        spoken = {one.source: one.protocol for one in self.plugins}
        if self.terraform and spoken != {source: known for source, (_, known) in setup["providers"].items()}:
            self.end_plugins()
            for source, protocol in spoken.items():
                setup["providers"][source][1] = protocol
                os.unlink(f"{setup['folder']}/{source.rpartition('/')[2]}")  # noqa: PTH108
            become(self.channel, setup, dict(os.environ))
        self.say({"ready": True, "protocols": spoken, "memory": _memory()})

    def serve(self) -> None:
        while (job := self.hear(None)) is not None:
            if "job" in job:
                self.work(job)

    def work(self, job: dict) -> None:  # type: ignore[type-arg]
        """One command to its end, while listening for interrupts, and for the end of tfwrap."""
        self.status = None
        interrupts = told = misses = 0
        give_up = None
        looked = beat = time.monotonic()
        try:
            os.chdir(job["folder"])
            out = os.open(job["stdout"], os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)
            error = os.open(job["stderr"], os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)
        except OSError as failed:
            self.say({"id": job["job"], "refused": str(failed)})
            return
        os.dup2(out, 1)
        os.dup2(error, 2)  # a crash of the library is told there
        if self.terraform:
            self.point_at(job["data"])
        _thread.start_new_thread(self.run, (job, out, error))
        while self.status is None:
            waiting = interrupts in _MEANT and told < interrupts
            if waiting and self.pass_on():
                told, waiting = interrupts, False
            ready, _, _ = select.select(
                [self.news] if self.orphaned else [self.news, self.channel], [], [], _PAUSE if waiting else _BEAT
            )
            if self.channel in ready:
                word = self.hear(0)
                if word is None and not self.orphaned:
                    self.orphaned = True
                    if not job["finish"]:
                        interrupts, give_up = 1, time.monotonic() + _QUICKLY
                elif word and word.get("interrupt") == job["job"]:
                    interrupts += 1
            if self.news in ready:
                os.read(self.news, 1)
            now = time.monotonic()
            if give_up is not None and now > give_up:
                break
            if now - beat >= _BEAT and not self.orphaned:
                beat = now
                self.say({"beat": job["job"]})
            if now - looked >= self.setup["patience"] / 4 and not interrupts:
                looked = now
                misses = 0 if self.plugins_answer() else misses + 1
                if misses > 1:
                    self.end_plugins()  # Terraform hears of it at once, and says what it was doing
        _quiet()
        lost = [one.source for one in self.plugins if not one.alive()]
        self.say({"id": job["job"], "status": self.status, "lost": lost, "memory": _memory()})

    def run(self, job: dict, out: int, error: int) -> None:  # type: ignore[type-arg]
        status = 1
        try:
            if self.terraform:
                status = child.run(self.terraform, job["arguments"], out, error)
            else:
                status = self.run_program(job, out, error)
        finally:
            self.program = None
            self.status = status
            os.write(self.tell, _ENDED)

    def run_program(self, job: dict, out: int, error: int) -> int:  # type: ignore[type-arg]
        command = [*self.setup["program"], *job["arguments"]]
        spoken = {one.source: one.protocol for one in self.plugins}
        environment = plugin.with_reattach({**os.environ, "TF_DATA_DIR": job["data"]}, spoken, self.setup["folder"])
        actions = [
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_DUP2, out, 1),
            (os.POSIX_SPAWN_DUP2, error, 2),
        ]
        try:
            self.program = os.posix_spawn(command[0], command, environment, file_actions=actions)
        finally:
            os.close(out)
            os.close(error)
        return os.waitstatus_to_exitcode(os.waitpid(self.program, 0)[1])

    def pass_on(self) -> bool:
        """An interrupt to Terraform; false if it does not listen yet."""
        if self.terraform:
            return bool(self.terraform.CancelCli(b"run"))
        if self.program is None:
            return False
        os.kill(self.program, signal.SIGINT)
        return True

    def point_at(self, data: str) -> None:
        """The library knows one TF_DATA_DIR for ever: a link, which leads to that of the unit at work."""
        link = self.setup["data"]
        fresh = link + ".new"
        os.symlink(data, fresh)  # noqa: PTH211
        os.replace(fresh, link)  # noqa: PTH105

    def plugins_answer(self) -> bool:
        return all(one.alive() and one.answers(self.setup["patience"] / 8) for one in self.plugins)

    def end_plugins(self) -> None:
        for one in self.plugins:
            one.end()

    def say(self, words: dict) -> None:  # type: ignore[type-arg]
        if self.orphaned:
            return
        try:
            os.write(self.channel, json.dumps(words).encode() + b"\n")
        except OSError:
            self.orphaned = True

    def hear(self, patience: float | None) -> dict | None:  # type: ignore[type-arg]
        """The next line; {} if there is none yet, None at the end."""
        while b"\n" not in self.buffer:
            if patience is not None and not select.select([self.channel], [], [], patience)[0]:
                return {}
            try:
                part = os.read(self.channel, 1 << 16)
            except OSError:
                part = b""
            if not part:
                return None
            self.buffer += part
        line, _, self.buffer = self.buffer.partition(b"\n")
        words: dict = json.loads(line)  # type: ignore[type-arg]
        return words


def become(channel: int, setup: dict, environment: dict[str, str]) -> None:  # type: ignore[type-arg]
    """Start over with an environment that says where the providers will listen: the library reads it only once."""
    expected = {source: protocol for source, (_, protocol) in setup["providers"].items()}
    os.set_inheritable(channel, True)
    command = [sys.executable, "-I", "-S", os.path.abspath(__file__), str(channel), json.dumps(setup), "again"]  # noqa: PTH100
    os.execve(sys.executable, command, plugin.with_reattach(environment, expected, setup["folder"]))  # noqa: S606


def clean(folder: str) -> None:
    """Take the own folder away: sockets, links, and what providers left in it."""
    for place, folders, files in os.walk(folder, topdown=False):
        for name in files:
            os.unlink(os.path.join(place, name))  # noqa: PTH108, PTH118
        for name in folders:
            path = os.path.join(place, name)  # noqa: PTH118
            (os.unlink if os.path.islink(path) else os.rmdir)(path)  # noqa: PTH114
    os.rmdir(folder)  # noqa: PTH106


def _quiet() -> None:
    """Between jobs nothing holds a unit's files open."""
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 1)
    os.dup2(nothing, 2)
    os.close(nothing)


def _memory() -> int:
    """Resident bytes."""
    with open("/proc/self/statm", "rb") as file:  # noqa: PTH123
        return int(file.read().split()[1]) * _PAGE


def main() -> None:
    channel, setup = int(sys.argv[1]), json.loads(sys.argv[2])
    os.set_inheritable(channel, False)
    if setup["library"] and setup["providers"] and len(sys.argv) == 3:  # noqa: PLR2004
        become(channel, setup, dict(os.environ))
    worker = Worker(channel, setup)
    try:
        worker.start()
        worker.serve()
    except (plugin.PluginFault, OSError) as fault:
        worker.say({"failed": str(fault)})
    finally:
        worker.end_plugins()
        try:
            os.chdir("/")
            clean(setup["folder"])
        finally:
            os._exit(0)


if __name__ == "__main__":
    main()
