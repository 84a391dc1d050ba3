"""What Atlantis tells a workflow step, and how: environment variables, never a shell. Knows no Terraform.

Everything here was influenced by whoever opened the pull request or wrote the comment, so it is checked before use.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tfwrap.base.problems import Problem, UsageFailure

_NEEDED = ("PLANFILE", "PROJECT_NAME", "WORKSPACE", "HEAD_COMMIT", "REPO_REL_DIR")
_SWITCHES = ("-destroy", "-refresh=true", "-refresh=false")
_WITH_VALUE = ("-target", "-replace")
_ADDRESS = re.compile(r"[A-Za-z_][A-Za-z0-9_.\-]*(?:\[[^\x00-\x1f]*\][A-Za-z0-9_.\-]*)*")
_LONGEST = 1000
_LIMITS = (
    # What the host takes for one comment, less what Atlantis writes around a plan. Atlantis splits longer ones.
    (re.compile(r"/merge_requests/"), 900_000),  # GitLab
    (re.compile(r"/pull-requests/"), 30_000),  # Bitbucket
    (re.compile(r"/pullrequest/"), 140_000),  # Azure DevOps
)
_LIMIT = 60_000  # GitHub; Gitea has none that is known


@dataclass(frozen=True)
class Step:
    """One step's facts. `arguments` are what was written after `--` in the comment."""

    plan_file: Path
    folder: Path
    project: str
    relative_folder: str  # of `folder` in the repository
    head_commit: str
    arguments: tuple[str, ...]
    limit: int  # bytes of a comment

    @property
    def plan_again(self) -> str:
        return f"atlantis plan -p {self.project}"


@dataclass(frozen=True)
class PlanArguments:
    """What a comment may ask of a plan."""

    destroy: bool = False
    refresh: bool = True
    extra: tuple[str, ...] = ()  # -target=… and -replace=…


def read_step(environ: Mapping[str, str], folder: Path) -> Step:
    missing = [name for name in _NEEDED if not environ.get(name)]
    if missing:
        message = f"this is a step for an Atlantis server to run; {', '.join(missing)} not set"
        raise UsageFailure(Problem("E710", message, hint="tfwrap atlantis server-config prints its workflow"))
    if environ["WORKSPACE"] != "default":
        message = f"the workspace {environ['WORKSPACE']} is not default: every unit has a state of its own already"
        raise UsageFailure(Problem("E715", message, hint="leave out -w"))
    url = environ.get("PULL_URL", "")
    return Step(
        plan_file=Path(environ["PLANFILE"]),
        folder=folder,
        project=environ["PROJECT_NAME"],
        relative_folder=environ["REPO_REL_DIR"],
        head_commit=environ["HEAD_COMMIT"],
        arguments=tuple(split_arguments(environ.get("COMMENT_ARGS", ""))),
        limit=next((limit for pattern, limit in _LIMITS if pattern.search(url)), _LIMIT),
    )


def split_arguments(text: str) -> Iterator[str]:
    r"""Atlantis' own quoting: a backslash before every character, a bare comma between arguments."""
    if not text:
        return
    current = ""
    characters = iter(text)
    for character in characters:
        if character == ",":
            yield current
            current = ""
        else:
            current += next(characters, "") if character == "\\" else character
    yield current


def plan_arguments(arguments: Sequence[str]) -> PlanArguments:
    """The allowed ones; UsageFailure names every other."""
    refused: list[str] = []
    switches: set[str] = set()
    extra: list[str] = []
    words = iter(arguments)
    for word in words:
        flag, equals, value = _single_dash(word).partition("=")
        if flag in _WITH_VALUE:
            value = value if equals else next(words, "")
            if _is_address(value):
                extra.append(f"{flag}={full_address(value)}")
            else:
                refused.append(f"{flag}={value}")
        elif _single_dash(word) in (*_SWITCHES, "-refresh"):
            switches.add(_single_dash(word))
        else:
            refused.append(word)
    _refuse(refused, "a plan takes -target=ADDRESS, -replace=ADDRESS, -destroy and -refresh=false")
    return PlanArguments("-destroy" in switches, "-refresh=false" not in switches, tuple(extra))


def no_arguments(arguments: Sequence[str]) -> None:
    _refuse(arguments, "an apply does what was planned: give the arguments to atlantis plan")


def import_arguments(arguments: Sequence[str]) -> tuple[str, str]:
    if len(arguments) != 2 or not _is_address(arguments[0]) or _is_option(arguments[1]):  # noqa: PLR2004
        _refuse(arguments or ("nothing",), "write atlantis import -p PROJECT ADDRESS ID")
    address, identity = arguments
    return full_address(address), identity


def state_rm_arguments(arguments: Sequence[str]) -> tuple[str, ...]:
    if not arguments:
        _refuse(("nothing",), "write atlantis state rm -p PROJECT ADDRESS…")
    _refuse([word for word in arguments if not _is_address(word)], "write atlantis state rm -p PROJECT ADDRESS…")
    return tuple(full_address(word) for word in arguments)


def full_address(address: str) -> str:
    """Every unit calls its module `this`; comments leave that out, so people do, too."""
    whole = address == "module.this" or address.startswith("module.this.")
    return address if whole else f"module.this.{address}"


def _single_dash(word: str) -> str:
    return word[1:] if word.startswith("--") else word


def _is_option(word: str) -> bool:
    return not word or word.startswith("-") or len(word) > _LONGEST or not word.isprintable()


def _is_address(word: str) -> bool:
    # Atlantis garbles what is not ASCII on its way here.
    return word.isascii() and len(word) <= _LONGEST and _ADDRESS.fullmatch(word) is not None


def _refuse(arguments: Sequence[str], hint: str) -> None:
    if arguments:
        shown = ", ".join(word[:60] for word in arguments[:5])
        raise UsageFailure(Problem("E711", f"not allowed in a comment: {shown}", hint=hint))
