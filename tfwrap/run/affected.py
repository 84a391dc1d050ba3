"""Which units differ from a git revision, and why: their generated files, modules, charts, lock files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tfwrap.base.problems import Problem, UsageFailure
from tfwrap.engine.git import git
from tfwrap.run.initialised import LOCK_FILE
from tfwrap.run.modules import module_folders
from tfwrap.run.session import Session
from tfwrap.stacks.model import LocalModule, Unit


@dataclass(frozen=True)
class Affected:
    """`why` names what differs. `deleted`: the unit is in the revision, but not here any more."""

    name: str
    why: tuple[str, ...]
    deleted: bool = False


def changed_units(session: Session, ref: str) -> list[str]:
    return [found.name for found in affected(session, ref) if not found.deleted]


def affected(session: Session, ref: str) -> list[Affected]:
    """Units whose files differ between `ref` and the working tree, uncommitted and untracked files too."""
    root = session.project.root
    changed = _changed_paths(root, ref)
    found = []
    for name in session.dag.order():
        why = tuple(dict.fromkeys(_reasons(session, session.units[name], changed)))
        if why:
            found.append(Affected(name, why))
    known = set(session.units)
    gone = [name for name in _units_at(session, ref) if name not in known]
    return found + [Affected(name, ("no longer in env.yaml",), deleted=True) for name in gone]


def _changed_paths(root: Path, ref: str) -> list[Path]:
    top = git(root, "rev-parse", "--show-toplevel")
    if top is None:
        raise UsageFailure(Problem("E540", "the project is not in a git repository, so nothing can be compared"))
    if ref.startswith("-") or git(root, "rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}") is None:
        raise UsageFailure(Problem("E540", f"{ref} is not a revision of this repository"))
    base = Path(top.strip())
    # Without rename detection: a file that moved away changed its old place as well.
    names = git(root, "diff", "--name-only", "--no-renames", "-z", ref, "--") or ""
    untracked = git(root, "ls-files", "--others", "--exclude-standard", "--full-name", "-z", ":/") or ""
    return [base / name for name in (names + untracked).split("\0") if name]


def _reasons(session: Session, unit: Unit, changed: list[Path]) -> Iterator[str]:
    root = session.project.root.resolve()
    places = {session.folder(unit.name).resolve(): "generated files"}
    if isinstance(unit.module, LocalModule):
        folders = module_folders(unit.module.path, session.hcl_cache)
        places |= {folder: f"module {_name(folder, root)}" for folder in folders}
    places |= {chart.resolve(): f"chart {_name(chart.resolve(), root)}" for chart in unit.charts}
    places |= {base.resolve(): f"kustomize base {_name(base.resolve(), root)}" for base in unit.bases}
    for path in changed:
        for place, reason in places.items():
            if path.is_relative_to(place):
                yield "provider lock file" if path.name == LOCK_FILE else reason


def _units_at(session: Session, ref: str) -> list[str]:
    """Unit folders that the revision has for this environment."""
    folder = session.project.live / session.environment
    listed = git(folder, "ls-tree", "--name-only", "-z", ref, "./") or ""
    names = [Path(name).name for name in listed.split("\0") if name]
    return [name for name in names if git(folder, "cat-file", "-e", f"{ref}:./{name}/versions.tf") is not None]


def _name(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name
