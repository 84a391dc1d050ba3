"""Known secret strings are replaced, however escaped, in any text before it is printed or written."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator

MASK = "(sensitive value)"
MIN_LENGTH = 4  # a shorter one would mask half the text and still be guessed
MIN_LINE = 8  # a line of a longer secret; `data:` is none


class Masker:
    """`mask(text)` is `text` without the secrets; also line by line: a secret's lines count each."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        forms = {form for secret in secrets for form in _forms(secret)}
        # the longest first: a secret may be part of another one
        pattern = "|".join(re.escape(form) for form in sorted(forms, key=lambda form: (-len(form), form)))
        self._pattern = re.compile(pattern) if pattern else None

    def mask(self, text: str) -> str:
        return self._pattern.sub(MASK, text) if self._pattern else text


def _forms(secret: str) -> Iterator[str]:
    whole = secret.strip()
    if len(whole) < MIN_LENGTH:
        return
    yield from _escaped(whole)
    lines = [line.strip() for line in whole.splitlines()]
    if len(lines) > 1:
        for line in lines:
            if len(line) >= MIN_LINE:
                yield from _escaped(line)


def _escaped(text: str) -> Iterator[str]:
    """As it is, and as it stands inside JSON by Python, JSON by Go, and an HCL string."""
    yield text
    yield json.dumps(text)[1:-1]
    plain = json.dumps(text, ensure_ascii=False)[1:-1]
    yield plain
    yield plain.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    yield plain.replace("${", "$${").replace("%{", "%%{")
