"""Field types that several settings models share. Their faults are worded here, located by `faults.py`."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema
from pydantic.fields import FieldInfo
from pydantic_core import PydanticCustomError

from tfwrap.settings.duration import parse_duration

_CONSTRAINT = r"(?:=|!=|>=|<=|>|<|~>)?\s*v?[0-9]+(?:\.[0-9]+){0,2}(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?"
_CONSTRAINTS = re.compile(rf"\s*{_CONSTRAINT}\s*(?:,\s*{_CONSTRAINT}\s*)*")
_ENVIRONMENT_NAME = "[A-Za-z_][A-Za-z0-9_]*"


def fault(code: str, message: str, hint: str | None = None) -> PydanticCustomError:
    """For validators to raise. A message that begins with a verb (`should be …`) continues the path."""
    # The message is data: pydantic would take its braces for placeholders.
    return PydanticCustomError(code, "{text}", {"text": message, "hint": hint})


def _duration(value: Any) -> Any:
    if not isinstance(value, str):
        # Numbers say no unit; and a float field would take them silently.
        raise fault("E103", "should be a duration such as 30s, 5m or 1h30m", "write the unit: 30s, not 30")
    try:
        return parse_duration(value)
    except ValueError as error:
        raise fault("E103", str(error)) from None


def _constraint(text: str) -> str:
    if not _CONSTRAINTS.fullmatch(text):
        message = f'should be a version constraint such as ">= 1.9, < 2", not "{text}"'
        raise fault("E103", message)
    return text


Duration = Annotated[
    float, BeforeValidator(_duration), WithJsonSchema({"type": "string", "examples": ["30s", "5m", "1h30m"]})
]
VersionConstraint = Annotated[str, AfterValidator(_constraint), Field(examples=[">= 1.9, < 2"])]
EnvironmentVariableName = Annotated[str, Field(pattern=f"^{_ENVIRONMENT_NAME}$")]
NonEmpty = Annotated[str, Field(min_length=1)]


def is_duration(info: FieldInfo) -> bool:
    """Whether the field is a Duration: seconds inside, text with units outside."""
    return any(isinstance(one, BeforeValidator) and one.func is _duration for one in info.metadata)
