"""Every reason not to apply a bundle that can be known before its first unit: all found at once, nothing applied."""

from __future__ import annotations

from tfwrap import __version__
from tfwrap.base.brief import some
from tfwrap.base.problems import Failure, NeedsPlanFailure, Problem
from tfwrap.plan.model import Plan
from tfwrap.run.bundle import Bundle, file_sha256
from tfwrap.run.initialised import LOCK_FILE
from tfwrap.run.journal import Journal
from tfwrap.run.manifest import files_digests
from tfwrap.run.record import PlanClass
from tfwrap.run.session import Session

_AGAIN = "plan again"


def check_bundle(session: Session, bundle: Bundle, journal: Journal, *, resume: bool) -> None:
    """NeedsPlanFailure for a bundle that is not what was planned; Failure if it would delete what is protected."""
    manifest = bundle.manifest
    faults = bundle.damages()
    faults += _versions(session, bundle)
    if manifest.environment != session.environment:
        faults.append(Problem("E523", f"{bundle.folder} is a plan of {manifest.environment}", hint=_AGAIN))
    if not manifest.complete:
        bad = ", ".join(n for n, u in manifest.units.items() if u.result in ("failed", "blocked", "interrupted"))
        faults.append(Problem("E524", f"the plan is incomplete: {bad} could not be planned", hint=_AGAIN))
    if journal.used and not resume:
        hint = f"plan again, or go on where it stopped: tfwrap apply {session.environment} --resume"
        faults.append(Problem("E525", "this plan was applied before, at least in part", hint=hint))
    if resume and not journal.used:
        faults.append(Problem("E525", "nothing to resume: this plan was never applied", hint=_AGAIN))
    files = files_digests(session, manifest.units)
    for name, unit in manifest.units.items():
        known = session.units.get(name)
        if known is None:
            faults.append(Problem("E526", f"{name} is no longer a unit of {session.environment}", hint=_AGAIN))
        elif unit.files_sha256 != files[name]:
            faults.append(
                Problem("E526", f"{name}: its generated files or charts changed since the plan", known.location, _AGAIN)
            )
        elif unit.lock_sha256 != file_sha256(session.folder(name) / LOCK_FILE):
            faults.append(
                Problem("E526", f"{name}: its provider lock file changed since the plan", known.location, _AGAIN)
            )
    if faults:
        raise NeedsPlanFailure(faults)
    check_protected(session, bundle)


def check_protected(session: Session, bundle: Bundle) -> None:
    faults = [
        fault
        for name in bundle.manifest.units
        if session.units[name].protect and (plan := bundle.plan(name)) is not None
        for fault in protected_deletes(session, name, plan)
    ]
    if faults:
        raise Failure(faults)


def protected_deletes(session: Session, name: str, plan: Plan) -> list[Problem]:
    """One problem for a protected unit whose plan deletes anything: by action, so it holds for a destroy plan too."""
    deleted = [change.address for change in plan.changes if change.action in ("delete", "replace")]
    if not session.units[name].protect or not deleted:
        return []
    where = session.units[name].location
    hint = "set protect: false in a change of its own if this is meant"
    return [Problem("E527", f"{name} is protected, and the plan would delete {some(deleted, 3)}", where, hint)]


def may_apply(plan_class: PlanClass | None) -> bool:
    """Previews and deferred units are shown, never applied."""
    return plan_class in ("exact", "chained")


def _versions(session: Session, bundle: Bundle) -> list[Problem]:
    manifest = bundle.manifest
    planned = (manifest.tfwrap, manifest.engine, manifest.engine_version)
    now = (__version__, session.engine.name, session.engine.version)
    if planned == now:
        return []
    words = "was made by tfwrap {} with {} {}; this is tfwrap {} with {} {}".format(*planned, *now)
    return [Problem("E528", f"the plan {words}", hint="plan files do not travel between versions: plan again")]
