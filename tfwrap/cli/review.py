"""Reports for reviewers: what they show beside the record of the run, and opening the page in a browser."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tfwrap.run.record import RunRecord
    from tfwrap.settings.project import Project


def wants_page(reports: Iterable[Path]) -> bool:
    return any(path.suffix == ".html" for path in reports)


def fill(record: RunRecord, project: Project, after: Mapping[str, Iterable[str]], *, files: bool) -> None:
    """The graph; for the page also the environment's `files` against git HEAD."""
    from tfwrap.run.review import changed_files

    record.after = {name: tuple(needed) for name, needed in after.items()}
    if files:
        record.files = changed_files(project.root, project.live / record.environment)


def open_page(record: RunRecord, project: Project) -> None:
    """Write the page into the project's own folder and show it; where there is no browser, its path is said."""
    import click

    from tfwrap.report.files import write_report

    path = project.own / "review" / f"{record.environment}.html"
    write_report(record, path)
    click.echo(f"Page: {path}", err=True)
    click.launch(str(path))
