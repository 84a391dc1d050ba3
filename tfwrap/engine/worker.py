"""A process that is Terraform many times: it loads the library once, keeps providers running, and takes jobs.

`python -I -S worker.py CHANNEL SETUP`; CHANNEL is a socket to tfwrap, SETUP is JSON: `library` (or null: jobs start
`program`), `folder` (its own, 0700), `providers` (source -> [program, protocol]), `data` and `patience`.
One JSON line per job in, one per answer out. Imports nothing of tfwrap. When tfwrap is gone it ends, with all that
it started: an apply that is under way is finished first.
"""

from __future__ import annotations

import _thread
import ctypes
import json
import os
import select
import signal
import sys
import time

TYPE_CHECKING = False  # `typing` takes as long to load as all the rest
if TYPE_CHECKING:
    from typing import Any

    from tfwrap.engine import child, connections, plugin, reattach

    Words = dict[str, Any]
else:  # as a program it sees the standard library, and its own folder
    sys.path.append(os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120
    import child
    import connections
    import plugin
    import reattach

_ENDED = b"\0"
_MEANT = (1, 2)  # interrupts that Terraform knows: to stop gracefully, and to stop hard
_PAUSE = 0.005  # seconds between two tries to pass an interrupt on
_BEAT = 1.0  # seconds between two signs of life, at most
_QUICKLY = 10.0  # seconds that a plan nobody waits for any more may take to stop
_MANY = 128  # files and connections that may be left open before another worker takes this one's place


class Worker:
    def __init__(self, channel: Channel, setup: Words) -> None:
        self._channel = channel
        self._setup = setup
        self._plugins: list[plugin.Plugin] = []
        self._terraform: ctypes.CDLL | None = None
        self._program: int | None = None
        self._news, self._tell = os.pipe()
        self._status: int | None = None
        self._then: int | None = None  # the status of the command that followed
        self._interrupts = 0
        self._lasting: set[int] = set()  # connections that are not a job's
        self._open = 0  # files and connections, when the first job began

    def start(self) -> None:
        """Providers and library at the same time. With another protocol than was expected: all over again."""
        setup = self._setup
        deadline = time.monotonic() + setup["patience"]
        for source, (program, _) in setup["providers"].items():
            self._plugins.append(plugin.Plugin(source, program, setup["folder"]))
        if setup["library"]:
            self._terraform = child.load(setup["library"])
            self._terraform.CancelCli(b"run")  # waits until the library is ready; there is nothing to cancel yet
            # Without a handler of ours, a SIGINT would end the process in the middle of an apply.
            signal.signal(signal.SIGINT, lambda *_: None)
        for one in self._plugins:
            one.greet(deadline)
        spoken = {one.source: one.protocol for one in self._plugins}
        expected = {source: protocol for source, (_, protocol) in setup["providers"].items()}
        if self._terraform is not None and spoken != expected:
            self.end_plugins()
            for source, protocol in spoken.items():
                setup["providers"][source][1] = protocol
            become(self._channel.number, setup)
        self._lasting = connections.connections()
        self._open = connections.open_files(self._processes())
        self._channel.say({"ready": True, "protocols": spoken, "memory": connections.memory(self._processes())})

    def serve(self) -> None:
        while (words := self._channel.hear(None)) is not None:
            if "job" in words:
                self._channel.say({"id": words["job"], **self._work(words)})

    def end_plugins(self) -> None:
        for one in self._plugins:
            one.end()

    def _work(self, job: Words) -> Words:
        try:
            os.chdir(job["folder"])  # the providers' working folder, too
            _open_outputs(job)
        except OSError as failed:
            return {"refused": str(failed)}
        if self._terraform is not None:
            self._point_at(job["data"])
        self._status = self._then = None
        self._interrupts = 0
        _thread.start_new_thread(self._run, (job,))
        self._watch(job)
        _rest()
        connections.hang_up(connections.connections() - self._lasting)
        processes = self._processes()
        return {
            "status": self._status,
            "then": self._then,
            "lost": [one.source for one in self._plugins if not one.alive()],
            "memory": connections.memory(processes),
            "worn": connections.open_files(processes) - self._open > _MANY,
        }

    def _watch(self, job: Words) -> None:
        """Until the command has ended: pass interrupts on, give signs of life, look after the providers."""
        told = misses = 0
        give_up: float | None = None
        beat = min(_BEAT, self._setup["patience"] / 8)
        looked = time.monotonic()
        while self._status is None and (give_up is None or time.monotonic() < give_up):
            waiting = told < self._interrupts and self._interrupts in _MEANT
            if waiting and self._pass_on():
                told, waiting = self._interrupts, False
            words = self._channel.hear(_PAUSE if waiting else beat, self._news)
            if words is None and give_up is None:
                give_up = float("inf")
                if not job["finish"]:
                    self._interrupts, give_up = 1, time.monotonic() + _QUICKLY
            elif words and words.get("interrupt") == job["job"]:
                self._interrupts += 1
            elif words and words.get("give_up") == job["job"]:
                self.end_plugins()
            elif not words:
                self._channel.say({"beat": job["job"]})
            if time.monotonic() - looked > self._setup["patience"] / 4 and not self._interrupts:
                misses = 0 if self._plugins_answer() else misses + 1
                looked = time.monotonic()
                if misses > 1:
                    self.end_plugins()  # Terraform hears of it at once, and says what it was doing

    def _run(self, job: Words) -> None:
        status = 1
        try:
            status = self._run_command(job["arguments"], job["data"])
            then = job["then"]
            if then and status in then["after"] and not self._interrupts:
                _open_outputs(then)
                self._then = self._run_command(then["arguments"], job["data"])
        finally:
            self._status = status
            os.write(self._tell, _ENDED)

    def _run_command(self, arguments: list[str], data: str) -> int:
        if self._terraform is not None:
            return child.run(self._terraform, arguments, os.dup(1), os.dup(2))
        try:
            return self._run_program(arguments, data)
        finally:
            self._program = None

    def _run_program(self, arguments: list[str], data: str) -> int:
        command = [*self._setup["program"], *arguments]
        spoken = {one.source: one.protocol for one in self._plugins}
        folder = self._setup["folder"]
        environment = reattach.with_reattach({**os.environ, "TF_DATA_DIR": data}, spoken, folder, os.getpid())
        actions = [(os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0)]
        self._program = os.posix_spawn(command[0], command, environment, file_actions=actions)
        return os.waitstatus_to_exitcode(os.waitpid(self._program, 0)[1])

    def _pass_on(self) -> bool:
        """An interrupt to Terraform; false if it does not listen yet."""
        if self._terraform is not None:
            return bool(self._terraform.CancelCli(b"run"))
        if self._program is None:
            return False
        os.kill(self._program, signal.SIGINT)
        return True

    def _point_at(self, data: str) -> None:
        """The library knows one TF_DATA_DIR for ever: a link, which leads to that of the unit at work."""
        link = self._setup["data"]
        os.makedirs(data, exist_ok=True)  # noqa: PTH103 (Terraform cannot make what a link leads to)
        os.symlink(data, link + ".new")  # noqa: PTH211
        os.replace(link + ".new", link)  # noqa: PTH105

    def _processes(self) -> list[int]:
        return [os.getpid(), *(one.pid for one in self._plugins if one.pid is not None)]

    def _plugins_answer(self) -> bool:
        return all(one.alive() and one.answers(self._setup["patience"] / 8) for one in self._plugins)


class Channel:
    """Lines of JSON to and from tfwrap. When it is gone, nothing is heard and nobody is told."""

    def __init__(self, number: int) -> None:
        self.number = number
        self._buffer = b""
        self._gone = False

    def say(self, words: Words) -> None:
        try:
            if not self._gone:
                os.write(self.number, json.dumps(words).encode() + b"\n")
        except OSError:
            self._gone = True

    def hear(self, patience: float | None, *others: int) -> Words | None:
        """The next line; {} if there is none in time or one of `others` has news; None at the end."""
        while b"\n" not in self._buffer:
            if self._gone and patience is None:
                return None
            ready, _, _ = select.select([*others] if self._gone else [self.number, *others], [], [], patience)
            if self.number in ready:
                self._read()
            for other in others:
                if other in ready:
                    os.read(other, 1)
            if self._gone:
                return None
            if self.number not in ready or any(other in ready for other in others):
                return {}
        line, _, self._buffer = self._buffer.partition(b"\n")
        words: Words = json.loads(line)
        return words

    def _read(self) -> None:
        try:
            part = os.read(self.number, 1 << 16)
        except OSError:
            part = b""
        self._gone = not part
        self._buffer += part


def become(channel: int, setup: Words) -> None:
    """Start over with an environment that says where the providers will listen: the library reads it only once."""
    expected = {source: protocol for source, (_, protocol) in setup["providers"].items()}
    environment = reattach.with_reattach(dict(os.environ), expected, setup["folder"], os.getpid())
    os.set_inheritable(channel, True)
    file = os.path.abspath(__file__)  # noqa: PTH100
    command = [sys.executable, "-I", "-S", file, str(channel), json.dumps(setup)]
    os.execve(sys.executable, command, environment)  # noqa: S606


def clean(folder: str) -> None:
    """Take the own folder away: sockets, links, and what providers left in it."""
    for place, folders, files in os.walk(folder, topdown=False):
        for name in files:
            os.unlink(f"{place}/{name}")  # noqa: PTH108
        for name in folders:
            path = f"{place}/{name}"
            (os.unlink if os.path.islink(path) else os.rmdir)(path)  # noqa: PTH114
    os.rmdir(folder)  # noqa: PTH106


def _open_outputs(command: Words) -> None:
    """As this process's own: a crash of the library is told there, too."""
    for name, number in (("stdout", 1), ("stderr", 2)):
        file = os.open(command[name], os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)
        os.dup2(file, number)
        os.close(file)


def _rest() -> None:
    """Between jobs a unit's folder is nothing to it, and none of its files."""
    os.chdir("/")
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 1)
    os.dup2(nothing, 2)
    os.close(nothing)


def main() -> None:
    os.chdir("/")
    number, setup = sys.argv[1:]
    os.set_inheritable(int(number), False)
    settings: Words = json.loads(setup)
    channel = Channel(int(number))
    worker = Worker(channel, settings)
    try:
        worker.start()
        worker.serve()
    except (plugin.PluginFault, OSError) as fault:
        channel.say({"failed": str(fault)})
    finally:
        worker.end_plugins()
        try:
            clean(settings["folder"])
        finally:
            os._exit(0)


if __name__ == "__main__":
    main()
