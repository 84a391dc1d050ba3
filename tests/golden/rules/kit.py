"""The cases in this folder: R<n>/breaks*.yaml break exactly that rule, R<n>/passes*.yaml come near and break none."""

from __future__ import annotations

from pathlib import Path

from tfwrap.base.problems import Problem, SettingsFailure
from tfwrap.settings.document import read_document
from tfwrap.settings.environment import Environment, parse
from tfwrap.settings.project import find_project
from tfwrap.stacks.emissary.checks import check
from tfwrap.stacks.emissary.collisions import find_collisions
from tfwrap.stacks.emissary.settings import EmissarySettings

FOLDER = Path(__file__).resolve().parent
CHECKOUT = FOLDER.parents[2]


def cases(kind: str) -> list[str]:
    """`R5/breaks` and the like, by number."""
    files = [file.relative_to(FOLDER).with_suffix("") for file in FOLDER.glob(f"R*/{kind}*.yaml")]
    return [str(case) for case in sorted(files, key=lambda case: (int(case.parts[0][1:]), case.name))]


def problems(file: Path) -> list[Problem]:
    """What is wrong with the settings, whichever step finds it."""
    document = read_document(file)
    try:
        settings = parse(document, EmissarySettings)
    except SettingsFailure as failure:
        return list(failure.problems)
    environment = Environment(find_project(CHECKOUT), "case", file.parent, document, settings)
    return [*find_collisions(environment, settings), *check(settings, document).problems]


def show(problem: Problem) -> str:
    place = problem.location
    assert place is not None, "a rule's problem has a place"
    where = f"{place.file.name}:{place.line}:{place.column}"
    hint = f"= {problem.hint}\n" if problem.hint else ""
    written = place.file.read_text(encoding="utf-8").splitlines()[place.line - 1]
    return f"{problem.severity}[{problem.code}]: {problem.message}\n{where}: {written.strip()}\n" + hint
