"""$PLANFILE: what was planned for a project of Atlantis, and for which commit. Terraform's plan is in a bundle.

Atlantis only looks whether the file is there, and deletes it with a new commit. Nothing else may end in `.tfplan`:
Atlantis would refuse every apply of the pull request.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from tfwrap import __version__
from tfwrap.atlantis.contract import Step
from tfwrap.base.files import write_atomic
from tfwrap.base.problems import NeedsPlanFailure, Problem
from tfwrap.run.bundle import Bundle

NOTES = "atlantis.json"  # the same, in the bundle: also where there is nothing to apply

Kind = Literal["plan", "deferred", "unchanged"]


class PlanFile(BaseModel):
    """`bundle` is relative to the project's root, `id` is the hash of its manifest, `units` are digests by unit."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: Literal[1] = 1
    kind: Kind
    project: str
    head_commit: str
    tfwrap: str = __version__
    bundle: str
    id: str
    plans: dict[str, str | None]  # unit -> sha256 of its plan.bin
    inputs: dict[str, dict[str, str | None]]  # unit -> input -> HMAC of its value
    arguments: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def bundle_folder(own: Path, project: str) -> Path:
    return own / "atlantis" / project.replace("/", "::")


def describe_plan(step: Step, root: Path, bundle: Bundle, kind: Kind, notes: Iterable[str]) -> PlanFile:
    units = bundle.manifest.units
    return PlanFile(
        kind=kind,
        project=step.project,
        head_commit=step.head_commit,
        bundle=bundle.folder.relative_to(root).as_posix(),
        id=bundle.id,
        plans={name: unit.plan_sha256 for name, unit in units.items()},
        inputs={name: {key: item.digest for key, item in unit.inputs.items()} for name, unit in units.items()},
        arguments=step.arguments,
        notes=tuple(notes),
    )


def write_plan_file(path: Path, content: PlanFile) -> None:
    write_atomic(path, content.model_dump_json(indent=2) + "\n", 0o600)


def read_plan_file(path: Path, step: Step) -> PlanFile:
    """The file, if it is about this project and this commit; else NeedsPlanFailure."""
    try:
        found = PlanFile.model_validate_json(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        raise _again(step, f"{step.project} has no plan") from None
    except (ValidationError, OSError):
        raise _again(step, f"the plan of {step.project} was not written by this version of tfwrap") from None
    if found.project != step.project:
        raise _again(step, f"the plan is one of {found.project}")
    if found.head_commit != step.head_commit:
        raise _again(step, f"the plan was made for commit {found.head_commit[:8]}, this is {step.head_commit[:8]}")
    return found


def sibling(step: Step, project: str, relative_folder: str) -> Path | None:
    """Where the $PLANFILE of another project of this pull request is, None if Atlantis keeps them unlike we know."""
    here = PurePosixPath(step.relative_folder).parts
    base = step.plan_file.parent
    if base.parts[-len(here) :] != here:
        return None
    name = f"{project.replace('/', '::')}-default.tfplan"
    return Path(*base.parts[: -len(here)], relative_folder, name)


def _again(step: Step, message: str) -> NeedsPlanFailure:
    return NeedsPlanFailure(Problem("E714", message, hint=f"comment: {step.plan_again}"))
