"""The kind `emissary`: settings in, units and problems out."""

from __future__ import annotations

from typing import cast

from tfwrap.settings.environment import Environment
from tfwrap.stacks.emissary.checks import check
from tfwrap.stacks.emissary.collisions import find_collisions
from tfwrap.stacks.emissary.kustomize import build_kustomize_units, kustomize_problems
from tfwrap.stacks.emissary.providers import provider_problems
from tfwrap.stacks.emissary.settings import EmissarySettings
from tfwrap.stacks.emissary.units import build_units
from tfwrap.stacks.model import Stack


class EmissaryStack:
    name = "emissary"
    settings = EmissarySettings

    def build(self, environment: Environment) -> Stack:
        settings = cast("EmissarySettings", environment.settings)
        verdict = check(settings, environment.document)
        problems = [
            *find_collisions(environment, settings),
            *provider_problems(environment, settings),
            *verdict.problems,
        ]
        silenced = tuple(f"{rule} for {resource}: {reason}" for rule, resource, reason in verdict.silenced)
        if settings.method == "kustomize":
            problems += kustomize_problems(environment, settings)
            return Stack(self.name, build_kustomize_units(environment, settings), tuple(problems), silenced)
        return Stack(self.name, build_units(environment, settings), tuple(problems), silenced)
