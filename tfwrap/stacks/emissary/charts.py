"""Chart folders as packages: a hash of what is in them, a version that carries it, and a byte-stable archive.

A plan sees a changed chart by its version only, never by its files; so the version ends in a hash of them. A chart
edited without a new stamp would be one that is never installed. Helm is not needed here, and nothing is written.
"""

from __future__ import annotations

import hashlib
import io
import re
import struct
import tarfile
import zlib
from pathlib import Path

from tfwrap.base.problems import Location, Problem, SettingsFailure
from tfwrap.stacks.emissary.helmignore import packaged_files

DESCRIPTION = "Chart.yaml"
_VERSION = re.compile(
    r"""^(?P<before>version:[ \t]*(?P<quote>["']?))(?P<base>\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?)"""
    r"""(?:\+[0-9A-Za-z.-]+)?(?P<after>(?P=quote)[ \t]*(?:[ \t]#.*)?\r?)$""",
    re.MULTILINE | re.ASCII,
)
_NAME = re.compile(
    r"""^name:[ \t]*(?P<quote>["']?)(?P<name>[a-z0-9][a-z0-9._-]*)(?P=quote)[ \t]*(?:#.*)?\r?$""", re.MULTILINE
)


def content_hash(chart: Path) -> str:
    """Eight hex digits over the names and bytes of what helm packages, leaving out Chart.yaml's own hash."""
    digest = hashlib.sha256()
    for name, data in _contents(chart, _description(chart, None)):
        digest.update(f"{len(name.encode())}:{name}{len(data)}:".encode())
        digest.update(data)
    return digest.hexdigest()[:8]


def stamp(chart: Path) -> str:
    """The text of Chart.yaml with `version: <base>+<hash>`; all else in it stays as it is."""
    return _description(chart, content_hash(chart))


def package_name(chart: Path) -> str:
    """The file name helm gives the package, such as `emissary-config-8.2.0+1a2b3c4d.tgz`."""
    return f"{_name(chart)}-{_base_version(chart)}+{content_hash(chart)}.tgz"


def package(chart: Path) -> bytes:
    """The chart as an archive with a stamped version: the same bytes for the same files, on any machine."""
    folder, plain = _name(chart), io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, data in _contents(chart, stamp(chart)):
            entry = tarfile.TarInfo(f"{folder}/{name}")  # owner 0, no owner's name, time 0
            entry.size, entry.mode = len(data), 0o644
            archive.addfile(entry, io.BytesIO(data))
    return _gzip(plain.getvalue())


def _gzip(data: bytes) -> bytes:
    """A gzip stream of stored blocks. Compressed bytes depend on the zlib at hand, and a chart is small."""
    blocks = [data[start : start + 0xFFFF] for start in range(0, len(data), 0xFFFF)]
    stream = [b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"]  # deflate, time 0, system unknown
    for block in blocks:
        stream += [struct.pack("<BHH", block is blocks[-1], len(block), len(block) ^ 0xFFFF), block]
    return b"".join([*stream, struct.pack("<II", zlib.crc32(data), len(data))])


def _contents(chart: Path, description: str) -> list[tuple[str, bytes]]:
    """Chart.yaml comes first: helm reads an archive's description before the rest."""
    files = [(name, file.read_bytes()) for name, file in packaged_files(chart) if name != DESCRIPTION]
    return [(DESCRIPTION, description.encode()), *files]


def _description(chart: Path, build: str | None) -> str:
    suffix = f"+{build}" if build else ""
    match = _find(chart, _VERSION, "a version such as 8.2.0")
    text = match.string
    return f"{text[: match.end('base')]}{suffix}{text[match.start('after') :]}"


def _name(chart: Path) -> str:
    return _find(chart, _NAME, "a name of lower-case letters, digits and dashes")["name"]


def _base_version(chart: Path) -> str:
    return _find(chart, _VERSION, "a version such as 8.2.0")["base"]


def _find(chart: Path, pattern: re.Pattern[str], what: str) -> re.Match[str]:
    file = chart / DESCRIPTION
    if not file.is_file():
        hint = f"a chart is a folder with a {DESCRIPTION}; a packaged chart (.tgz) needs no packaging"
        raise SettingsFailure(Problem("E160", f"{chart} is not a chart folder", hint=hint))
    match = pattern.search(file.read_bytes().decode(errors="replace"))
    if match is None:
        raise SettingsFailure(Problem("E160", f"{DESCRIPTION} of {chart} has not {what}", Location(file, 1, 1)))
    return match
