"""Silencing a rule for one resource or install, with the reason that a reviewer wants to read.

Only the keys; what they silence is decided in `checks`.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from tfwrap.settings.fields import NonEmpty
from tfwrap.settings.model import Model

RuleId = Annotated[str, Field(pattern=r"^R[1-9][0-9]?$")]


class Ignore(Model):
    rule: RuleId = Field(description="Rule that does not hold here, say R15.")
    reason: NonEmpty = Field(description="Why it is right all the same, for whoever reads this next.")


class Ignorable(Model):
    """What rules may be silenced for. Never part of a manifest, so left out when the model is dumped."""

    ignore: list[Ignore] = Field(
        default=[], exclude=True, description="Rules silenced for this one, each with a reason; default: none."
    )
