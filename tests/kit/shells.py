"""A shell as a person has it, on a terminal of its own: something is typed, with TABs, and what comes is read."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from parts.debian import program

_PATIENCE = 60.0
_SHOW = "\x07"  # Ctrl-G: the line as it stands, between << and >>
# Words are taken apart so that what is typed is not what is waited for.
_START = {
    "bash": """PS1=; bind -x '"\\C-g": echo "<""<$READLINE_LINE>"">"'
        eval "$(tfwrap completion bash)"; echo REA""DY""",
    "zsh": """PS1=; LISTMAX=0; autoload -Uz compinit; compinit -u -D; eval "$(tfwrap completion zsh)"
        show() { print -r "<""<$BUFFER>"">" }; zle -N show; bindkey "^G" show; echo REA""DY""",
}
_ARGUMENTS = {"bash": ("--norc", "--noprofile", "-i"), "zsh": ("-f", "-i")}


@dataclass(frozen=True)
class Typed:
    """`line`: what stands on it afterwards; `offered`: the words that were listed below."""

    line: str
    offered: list[str]


def complete(shell: str, typed: str, folder: Path, environment: Mapping[str, str]) -> Typed:
    """Type a line into bash or zsh; a TAB in it completes, two list."""
    argv = [str(program(shell)), *_ARGUMENTS[shell]]
    terminal, theirs = pty.openpty()
    person = subprocess.Popen(
        argv, stdin=theirs, stdout=theirs, stderr=theirs, cwd=folder, env={**environment, "TERM": "dumb"},
        start_new_session=True,
    )  # fmt: skip
    os.close(theirs)
    try:
        os.write(terminal, f"{_START[shell]}\n".encode())
        _read(terminal, r"READY")
        os.write(terminal, f"{typed}{_SHOW}".encode())
        said = _read(terminal, r"<<(.*)>>")
    finally:
        os.close(terminal)
        os.killpg(person.pid, signal.SIGKILL)
        person.wait()
    listed, _, line = said.rpartition("<<")
    # The list is everything below the line that was typed.
    return Typed(line.partition(">>")[0], listed.split("\r\n", 1)[1].split() if "\r\n" in listed else [])


def complete_in_fish(line: str, folder: Path, environment: Mapping[str, str]) -> dict[str, str]:
    """What fish would offer for the line, with descriptions."""
    script = "tfwrap completion fish | source; complete -C $argv[1]"
    done = subprocess.run(
        [str(program("fish")), "--no-config", "-c", script, line],
        cwd=folder, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=_PATIENCE,
        check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    return dict(one.partition("\t")[::2] for one in done.stdout.splitlines())


def _read(terminal: int, until: str) -> str:
    deadline = time.monotonic() + _PATIENCE
    said = b""
    while not re.search(until, said.decode(errors="replace")):
        ready, _, _ = select.select([terminal], [], [], max(0.0, deadline - time.monotonic()))
        assert ready, f"never said {until}: {said!r}"
        said += os.read(terminal, 65536)
    return said.decode(errors="replace")
