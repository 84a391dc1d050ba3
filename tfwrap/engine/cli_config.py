"""The CLI configuration file that points Terraform at tfwrap's mirror (TF_CLI_CONFIG_FILE).

What a user has configured for Terraform stays in force: credentials are carried over, and where the user says how
providers are installed, tfwrap says nothing.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from tfwrap.base.files import write_atomic

_INSTALLATION = re.compile(r"^\s*\"?provider_installation\b", re.MULTILINE)


def installs_by_itself(environ: Mapping[str, str]) -> bool:
    """True if the user's own configuration says where providers come from."""
    chosen = environ.get("TF_CLI_CONFIG_FILE")
    if chosen and Path(chosen).is_file():
        return True
    return _INSTALLATION.search(_users(environ)) is not None


def overrides_providers(environ: Mapping[str, str]) -> bool:
    """True if it puts somebody's own builds in the place of installed providers, or may do so."""
    chosen = Path(environ.get("TF_CLI_CONFIG_FILE", ""))
    return "dev_overrides" in (chosen.read_text(errors="replace") if chosen.is_file() else _users(environ))


def cli_config(cache: Path, environ: Mapping[str, str], *, mirror: Path, sources: Iterable[str]) -> Path:
    """Write the file: `sources` come from `mirror` and from nowhere else, all others from their registry.

    Without the exclusion Terraform would ask the registry for the mirrored ones too, and fail where there is none.
    The file's name is its content's hash, so that two runs do not disturb each other.
    """
    users = _users(environ)
    text = (users.rstrip() + "\n" if users else "disable_checkpoint = true\n") + _installation(mirror, sources)
    file = cache / "cli" / f"{hashlib.sha256(text.encode()).hexdigest()[:16]}.tfrc"
    if not file.is_file():
        write_atomic(file, text, 0o600)  # it may hold the user's credentials
    return file


def _installation(mirror: Path, sources: Iterable[str]) -> str:
    mirrored = ", ".join(json.dumps(source) for source in sorted(set(sources)))
    if not mirrored:
        return ""  # an empty `include` would mean everything
    return (
        "\nprovider_installation {\n"
        f"  filesystem_mirror {{\n    path    = {json.dumps(str(mirror))}\n    include = [{mirrored}]\n  }}\n"
        f"  direct {{\n    exclude = [{mirrored}]\n  }}\n"
        "}\n"
    )


def _users(environ: Mapping[str, str]) -> str:
    """The text of ~/.terraformrc. One in JSON cannot be carried over."""
    home = environ.get("HOME")
    file = Path(home, ".terraformrc") if home else None
    text = file.read_text() if file and file.is_file() else ""
    return "" if text.lstrip().startswith("{") else text
