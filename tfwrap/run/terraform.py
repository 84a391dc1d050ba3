"""Terraform's commands for one unit: where they run, what they may see, where their words go, what a failure says."""

from __future__ import annotations

import json
import os
import re
import signal
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import IO, Any

from tfwrap.base.files import write_atomic
from tfwrap.base.problems import Problem
from tfwrap.engine import argv, events, wording
from tfwrap.engine.hooks import run_hook
from tfwrap.engine.protocol import GOOD, Completed, Invocation
from tfwrap.run.arguments import apply_arguments, init_arguments, plan_arguments
from tfwrap.run.initialised import Initialised
from tfwrap.run.record import Phase, UnitRecord
from tfwrap.run.session import Session
from tfwrap.run.state_locks import locked_by, recovery_hint
from tfwrap.run.stop import Interrupted
from tfwrap.run.warm import link_providers
from tfwrap.run.wording import ending, headline, log_text
from tfwrap.stacks.model import Unit

_MAY_RETRY = ("init", "plan", "refresh")  # a saved plan is stale once it was tried


class StepFailed(Exception):
    """A step of one unit failed: what a person needs to know first, and where the rest stands."""

    def __init__(self, problem: Problem, log: Path, details: str, *, killed: bool = False) -> None:
        super().__init__(problem.message)
        self.problem = problem
        self.log = log
        self.details = details  # all that Terraform said, for matching; masked
        self.killed = killed  # it did not end by itself


class UnitTerraform:
    """Runs steps in `folder`: the generated one, or a scratch copy with a data folder of its own."""

    def __init__(self, session: Session, unit: Unit, record: UnitRecord, *, scratch: Path | None = None) -> None:
        self.session = session
        self.unit = unit
        self.record = record
        self.folder = scratch or session.folder(unit.name)
        self._work = session.work(unit.name)
        self._logs = session.log(unit.name, "x").parent
        self._data = self._work / ("data" if scratch is None else "scratch-data")
        self._prefix = "" if scratch is None else "preview-"
        self._environment: dict[str, str] | None = None

    async def init(self) -> None:
        """Initialise, unless nothing that matters changed since the last time."""
        marker = Initialised(self.session, self.unit, self.folder, self._data)
        if marker.current():
            return
        marker.forget()
        await self._step("init", "init", init_arguments(self.session))
        if self.unit.name not in self.session.cold_init:
            link_providers(self._data, self.session.warm.get(self.unit.name, ()))
        marker.remember()

    async def plan(self, out: Path, variables: Path | None, *, mode: str, lock: bool = True) -> dict[str, Any]:
        """Plan into `out`; the plan as Terraform's JSON."""
        arguments = plan_arguments(self.session, self.unit, out, variables, mode=mode, lock=lock)
        phase: Phase = "refresh" if mode == "drift" else "plan"
        shown = self._invocation(argv.show(out), "show")
        try:
            await self._step("plan", phase, arguments, then=shown)
            data: dict[str, Any] = json.loads(shown.stdout.read_bytes())
        finally:
            shown.stdout.unlink(missing_ok=True)
            shown.stderr.unlink(missing_ok=True)
        return data

    def mask_logs(self) -> None:
        """Once more, now that the unit's sensitive values are known: what was logged before them, too."""
        if not self.session.secrets.known:
            return
        for log in self._logs.glob("*.log"):
            text = log.read_text(encoding="utf-8", errors="replace")
            if (masked := self.session.secrets.mask(text)) != text:
                write_atomic(log, masked, 0o600)

    async def apply(self, plan: Path, variables: Path, *, destroy: bool) -> None:
        arguments = apply_arguments(self.session, self.unit, plan, variables)
        step: Phase = "destroy" if destroy else "apply"
        await self._step(step, step, arguments)

    async def unlock(self, lock_id: str) -> None:
        await self._step("unlock", "init", argv.force_unlock(lock_id))

    async def hooks(self, name: str) -> None:
        """Run the unit's hooks of that name, one after another; the first that fails ends the step."""
        for index, command in enumerate(self.unit.hooks.get(name, ())):
            if name.startswith("before_") and self.session.stopping:
                raise Interrupted
            started = time.monotonic()
            self.session.listener.started(self.record, "hook")
            log = self._logs / f"{name}-{index + 1}.log"
            completed = await run_hook(
                command,
                self.session.folder(self.unit.name),
                self.environment(),
                log,
                timeout=self.unit.timeout,
                processes=self.session.hooks,
            )
            self._count("hook", started)
            if completed.status != 0:
                words = f"hook {name} {command[0]} {ending(completed)}"
                raise StepFailed(Problem("E503", f"{self.unit.name}: {words}", self.unit.location), log, words)

    async def _step(
        self,
        step: str,
        phase: Phase,
        arguments: tuple[str, ...],
        *,
        then: Invocation | None = None,
    ) -> None:
        """A command (`then` right after it) with log, progress, time, and as many attempts as the settings allow it."""
        if self.session.stopping:
            raise Interrupted
        attempts = self.unit.retry.attempts if phase in _MAY_RETRY and self.unit.retry else 1
        self.session.listener.started(self.record, phase)
        started = time.monotonic()
        try:
            for attempt in range(attempts, 0, -1):
                try:
                    await self._attempt(step, phase, self._invocation(arguments, step, then))
                except StepFailed as failed:
                    if attempt == 1 or self.session.stopping or not self._worth_retrying(failed):
                        raise
                    self.session.listener.progress(self.record, phase, f"trying again: {failed.problem.message}")
                else:
                    return
        finally:
            self._count(phase, started)

    async def _attempt(self, step: str, phase: Phase, command: Invocation) -> None:
        engine = self.session.engine
        log = self._logs / f"{self._prefix}{step}.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        diagnostics: list[events.Diagnostic] = []
        with _private(log) as text:
            self.record.log = log
            completed = await engine.run(command, self._reader(phase, text, diagnostics))
            if self._goes_cold(completed, phase):
                diagnostics.clear()
                completed = await engine.run(replace(command, warm=None), self._reader(phase, text, diagnostics))
            said = command.stderr.read_text(errors="replace")
            if command.then and completed.status in GOOD:
                step, completed = "show", _of_the_second(completed)
                said += command.then.stderr.read_text(errors="replace")
            text.write(self.session.secrets.mask(said))
        good = completed.status == 0
        plain = "" if good or diagnostics else _words(command.stdout.read_text(errors="replace")) + said
        if good or phase not in ("apply", "destroy"):  # a failed apply may have printed the state it could not save
            command.stdout.unlink(missing_ok=True)
            command.stderr.unlink(missing_ok=True)
        if not good:
            self._fail(step, log, completed, plain, diagnostics)

    def _reader(self, phase: Phase, log: IO[str], diagnostics: list[events.Diagnostic]) -> Callable[[str], None]:
        """Follows Terraform's output: text into the log, progress to the listener, errors kept."""

        def read(line: str) -> None:
            event = events.decode(line)
            log.write(self.session.secrets.mask(log_text(line, event)) + "\n")
            log.flush()
            if isinstance(event, events.Diagnostic):
                diagnostics.append(event)
            elif event is not None and (message := wording.message(event)):
                self.session.listener.progress(self.record, phase, self.session.secrets.mask(message))

        return read

    def _invocation(self, arguments: tuple[str, ...], step: str, then: Invocation | None = None) -> Invocation:
        warm = self.session.warm.get(self.unit.name)
        if step == "init" and self.unit.name in self.session.cold_init:
            warm = None
        out = self._work / f"{self._prefix}{step}.out"
        error, timeout = out.with_suffix(".err"), self.unit.timeout
        return Invocation(arguments, self.folder, self.environment(), out, error, timeout, warm, then)

    def _goes_cold(self, completed: Completed, phase: Phase) -> bool:
        """Whether to try once more, since it was not Terraform that failed; never after an apply."""
        if completed.lost is None or self.session.stopping:
            return False
        self.session.warm.pop(self.unit.name, None)
        if phase in ("apply", "destroy"):
            return False
        self.session.listener.note(f"{self.unit.name}: {completed.lost}; trying once more, cold")
        return True

    def environment(self) -> dict[str, str]:
        """What Terraform sees, and nothing else."""
        if self._environment is not None:
            return self._environment
        borrowed = {
            name: self.session.environ[source]
            for name, source in self.unit.backend.environment.items()
            if source in self.session.environ
        }
        allowed = self.session.child_environment({**self.unit.environment, **borrowed})
        self._environment = {**allowed, "TF_DATA_DIR": str(self._data)}
        return self._environment

    def _worth_retrying(self, failed: StepFailed) -> bool:
        patterns = self.unit.retry.on if self.unit.retry else ()
        return any(re.search(pattern, failed.details) for pattern in patterns)

    def _count(self, phase: Phase, started: float) -> None:
        seconds = self.record.seconds
        seconds[phase] = seconds.get(phase, 0.0) + time.monotonic() - started

    def _fail(
        self, step: str, log: Path, completed: Completed, text: str, diagnostics: list[events.Diagnostic]
    ) -> None:
        errors = [item for item in diagnostics if item.severity == "error"]
        mask = self.session.secrets.mask
        details = mask(text + "\n".join(f"{item.summary}\n{item.detail}" for item in errors))
        if completed.timed_out:
            first = f"{step} took longer than its timeout of {self.unit.timeout:g} s and was stopped"
        elif completed.status < 0:
            first = f"{step} {ending(completed)}"
        elif errors:
            first = headline(errors[0])
        else:
            first = wording.first_error(text) or f"{step} {ending(completed)}"
        code, hint = "E502" if completed.timed_out else "E501", None
        if completed.lost and completed.status > 0 and not completed.timed_out:
            code, first = "E450", f"{step} was cut off: {completed.lost}"
        if lock := locked_by(details):
            code, first = "E504", lock.words
            line = f"tfwrap unlock {self.session.environment} {self.unit.name} {lock.id}"
            hint = f"wait for it; if it is gone for good: {line}"
        elif step in ("apply", "destroy"):
            hint = recovery_hint(self.session.environment, self.unit, self.folder)
        problem = Problem(code, mask(f"{self.unit.name}: {first}"), self.unit.location, hint)
        raise StepFailed(problem, log, details, killed=completed.timed_out or completed.status < 0)


def _of_the_second(completed: Completed) -> Completed:
    """How the command ended that came after another; where it was not even begun, somebody had interrupted."""
    return replace(completed, status=-signal.SIGINT if completed.then is None else completed.then)


def _words(text: str) -> str:
    """What is not for machines."""
    return "".join(line for line in text.splitlines(keepends=True) if not line.startswith("{"))


def _private(path: Path) -> IO[str]:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8")
