"""A scratch copy of a unit in which unknown inputs are unknown to Terraform too. It is planned, never applied."""

from __future__ import annotations

import shutil
from collections.abc import Mapping

from tfwrap.base.files import write_atomic
from tfwrap.hcl.nodes import Value
from tfwrap.plan.model import Plan
from tfwrap.run.initialised import LOCK_FILE
from tfwrap.run.inputs import Input
from tfwrap.run.record import UnitRecord
from tfwrap.run.session import Session
from tfwrap.run.terraform import UnitTerraform
from tfwrap.run.variables import write_variables
from tfwrap.stacks.model import Unit
from tfwrap.workspace.render import render


async def plan_scratch(
    session: Session, unit: Unit, record: UnitRecord, unknown: Mapping[str, Value], known: Mapping[str, Input]
) -> tuple[Plan, dict[str, object]]:
    """Plan with `unknown` (variable -> HCL value) in place of variables; the plan and its JSON.

    The copy reads the unit's state without locking it: nothing is written there.
    """
    folder = session.work(unit.name) / "scratch"
    texts = render(unit, folder, session.project, unknown=unknown, home=session.folder(unit.name))
    for stale in [path for path in folder.glob("**/*") if path.is_file()]:
        if stale.relative_to(folder).as_posix() not in texts:
            stale.unlink()
    for name, text in texts.items():
        write_atomic(folder / name, text, lasting=False)
    if (lock := session.folder(unit.name) / LOCK_FILE).exists():
        shutil.copyfile(lock, folder / LOCK_FILE)
    terraform = UnitTerraform(session, unit, record, scratch=folder)
    variables = write_variables(session.work(unit.name) / "scratch-values.tfvars.json", known)
    out = session.work(unit.name) / "scratch.bin"
    try:
        await terraform.init()
        data = await terraform.plan(out, variables if known else None, mode="apply", lock=False)
    finally:
        variables.unlink(missing_ok=True)
        out.unlink(missing_ok=True)
    return Plan.from_json(data), data
