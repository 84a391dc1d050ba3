"""What Terraform is called with for a unit's steps: pure, so that a dry run shows what a run would do."""

from __future__ import annotations

from pathlib import Path

from tfwrap.engine import argv
from tfwrap.run.session import Session
from tfwrap.stacks.model import Unit


def init_arguments(session: Session) -> argv.Arguments:
    return argv.init(reconfigure=True, lock_timeout=session.project.lock_timeout)


def plan_arguments(
    session: Session, unit: Unit, out: Path, variables: Path | None, *, mode: str, lock: bool = True
) -> argv.Arguments:
    """`variables` is None for a scratch copy in which all of them have become unknown values."""
    return argv.plan(
        out=out,
        var_files=_var_files(unit, variables),
        destroy=mode == "destroy",
        refresh_only=mode == "drift",
        refresh=session.options.refresh,
        lock=lock,
        lock_timeout=session.project.lock_timeout,
    )


def apply_arguments(session: Session, unit: Unit, plan: Path, variables: Path) -> argv.Arguments:
    return argv.apply(plan, var_files=_var_files(unit, variables), lock_timeout=session.project.lock_timeout)


def variables_file(session: Session, unit: Unit) -> Path:
    """Where values of references and of the environment are passed; only while a step runs."""
    return session.work(unit.name) / "values.tfvars.json"


def _var_files(unit: Unit, variables: Path | None) -> tuple[Path, ...]:
    """A root module without variables takes no var-file: Terraform would warn about it."""
    return (variables,) if variables and (unit.references or unit.environment_values) else ()
