"""Field types of Atlantis' two configuration files: stricter than Atlantis, which finds some faults when it is late."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import Annotated

from pydantic import AfterValidator, Field

from tfwrap.settings.fields import fault

_NAME = re.compile(r"[A-Za-z0-9_.~/-]+")
_GLOB = re.compile(r"[*?\[]")
_WORKSPACE = re.compile(r"(?![-~])(?!\.$)(?!.*\.\.)[^\s/\\$\x00-\x1f]+")
# What Python's `re` takes and Go's RE2 does not: look-around, atomic groups, back-references, conditions, `*+`.
_NOT_RE2 = re.compile(r"(?<!\\)(?:\\\\)*(?:\(\?(?:[=!>(#]|<[=!]|P=)|\\[1-9]|[*+?}]\+)")
_MOST_REPEATS = 1000
_REPEATS = re.compile(r"\{(\d+)(?:,(\d*))?\}")


def is_glob(path: str) -> bool:
    return _GLOB.search(path) is not None


def _name(text: str) -> str:
    if not _NAME.fullmatch(text):
        raise fault("E701", f'should be made of letters, digits and . _ ~ / - only, not "{text}"')
    return text


def check_regexp(text: str) -> str:
    if len(text) <= 1 or not (text.startswith("/") and text.endswith("/")):
        raise fault("E703", f'should be a regular expression between slashes, such as /^main$/, not "{text}"')
    _re2(text[1:-1])
    return text


def _re2(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise fault("E703", f'should be a regular expression, and "{text}" is not: {error}') from None
    counts = (int(number) for found in _REPEATS.findall(text) for number in found if number)
    if _NOT_RE2.search(text) or any(count > _MOST_REPEATS for count in counts):
        raise fault("E703", f'should be a regular expression of Go (RE2), which knows nothing like "{text}"')
    return text


def _pattern(text: str) -> str:
    """A pattern as in a .dockerignore; a broken one makes Atlantis fail every plan of the repository."""
    stripped = text.strip().removeprefix("!")
    if not stripped:
        raise fault("E703", "should not be empty")
    if re.search(r"\[(?:\]|\^\]|[^\]\\]|\\.)*$", re.sub(r"\\.|\[\^?\]?[^\]]*\]", "", stripped)):
        raise fault("E703", f'should be a file pattern, and "{text}" has a [ that is never closed')
    if re.search(r"(?<!\\)(?:\\\\)*\\$", stripped):
        raise fault("E703", f'should be a file pattern, and "{text}" ends in a lone backslash')
    return text


def _folder(text: str) -> str:
    path = PurePosixPath(text)
    if not text or path.is_absolute() or ".." in path.parts:
        raise fault("E701", f'should be a folder of the repository, not "{text}"')
    return text


def _workspace(text: str) -> str:
    if not _WORKSPACE.fullmatch(text):
        raise fault("E701", f'should be a Terraform workspace, and "{text}" cannot be one')
    return text


ProjectName = Annotated[str, AfterValidator(_name)]
Regexp = Annotated[str, AfterValidator(check_regexp)]
Re2 = Annotated[str, AfterValidator(_re2)]
Pattern = Annotated[str, AfterValidator(_pattern)]
Folder = Annotated[str, AfterValidator(_folder)]
Workspace = Annotated[str, AfterValidator(_workspace)]
Version = Annotated[str, Field(pattern=r"^v?[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.]+)?$")]
