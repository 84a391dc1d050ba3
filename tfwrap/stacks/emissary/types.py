"""Words of the Emissary settings whose wrong spelling is a rule of its own, so that the fault carries the rule's id.

Only single values are judged here; what needs two settings to go wrong is judged where both are known.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import StringConstraints, ValidationError, ValidatorFunctionWrapHandler
from pydantic import WrapValidator as Wrap

from tfwrap.base.suggest import did_you_mean
from tfwrap.settings.faults import show_value
from tfwrap.settings.fields import fault

Hint: TypeAlias = Callable[[Any], str | None]

TLS_VERSIONS = ("v1.0", "v1.1", "v1.2", "v1.3")
LOG_LEVELS = ("error", "warn", "warning", "info", "debug", "trace")
KEY = "[key]"  # the last step of an error's path when the key itself is at fault, as pydantic has it
BUNDLED_VERSION = "8.2.0"  # of the charts in modules/, and of the chart line they speak


def coded(code: str, expected: str, hint: Hint = lambda _: None) -> Wrap:
    """Any fault in the value is `code`: `… should be a whole number of milliseconds, not "3s"`."""

    def validate(value: Any, handler: ValidatorFunctionWrapHandler) -> Any:
        try:
            return handler(value)
        except ValidationError:
            raise fault(code, f"should be {expected}, not {show_value(value)}", hint(value)) from None

    return Wrap(validate)


def _tls_hint(value: Any) -> str | None:
    written = f"v{value}"
    return f"write {written}" if written in TLS_VERSIONS else did_you_mean(str(value), TLS_VERSIONS)


def _milliseconds_hint(value: Any) -> str | None:
    match = re.fullmatch(r"(\d+)(ms|s|m)?", value) if isinstance(value, str) else None
    if match is None:
        return None
    factor = {"s": 1000, "m": 60_000}.get(match[2], 1)
    return f"write {int(match[1]) * factor}"


def _number_hint(value: Any) -> str | None:
    match = re.fullmatch(r"(\d+)[a-z]*", value) if isinstance(value, str) else None
    return f"write {int(match[1])}, without quotes or a unit" if match else None


def _text_hint(value: Any) -> str | None:
    return None if isinstance(value, str | list | dict) else "put it in quotes, exactly as the resources spell it"


_LABEL = r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?$"
_SUBDOMAIN = r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$"
_NAME_WORDS = "lower-case letters, digits and dashes, and starts and ends with a letter or a digit"

TlsVersion = Annotated[
    Literal["v1.0", "v1.1", "v1.2", "v1.3"], coded("R16", "one of v1.0, v1.1, v1.2 and v1.3", _tls_hint)
]
AmbassadorId = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$", max_length=253),
    coded("R23", "a text of letters, digits, dots, dashes and underscores", _text_hint),
]
Milliseconds = Annotated[int, coded("R37", "a whole number of milliseconds", _milliseconds_hint)]
Number = Annotated[int, coded("R56", "a whole number", _number_hint)]
Namespace = Annotated[
    str,
    StringConstraints(pattern=_LABEL, max_length=63),
    coded("R48", f"a namespace (at most 63 {_NAME_WORDS})"),
]
# 53 is Helm's limit for a release name, of which `-ingress` takes 8.
InstallName = Annotated[
    str,
    StringConstraints(pattern=_LABEL, max_length=45),
    coded("R48", f"an install's name (at most 45 {_NAME_WORDS})"),
]
ResourceName = Annotated[
    str,
    StringConstraints(pattern=_SUBDOMAIN, max_length=253),
    coded("R48", f"a Kubernetes name (at most 253 {_NAME_WORDS}; dots between such parts)"),
]
