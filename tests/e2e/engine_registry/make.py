"""Makes the signed files that the fake registry of test_engine_registry.py serves: `python make.py`, with gpg.

They are kept in the tree so that the tests need no gpg. The key signs nothing else, and is thrown away.
"""

from __future__ import annotations

import hashlib
import subprocess
import tempfile
import zipfile
from pathlib import Path

HERE = Path(__file__).parent
VERSIONS = ("1.0.0", "1.1.0", "2.0.0")
PLATFORMS = ("linux_amd64", "linux_arm64", "darwin_amd64", "darwin_arm64")


def main() -> None:
    with tempfile.TemporaryDirectory() as home:
        gpg = ["gpg", "--homedir", home, "--batch", "--yes", "--quiet", "--passphrase", ""]
        subprocess.run([*gpg, "--quick-gen-key", "acme@example.com", "rsa2048", "sign", "never"], check=True)
        key = subprocess.run([*gpg, "--armor", "--export"], check=True, capture_output=True)
        (HERE / "key.asc").write_bytes(key.stdout)
        for version in VERSIONS:
            sums = HERE / f"SHA256SUMS_{version}"
            sums.write_text("".join(f"{digest}  {name}\n" for name, digest in pack(version)))
            subprocess.run([*gpg, "--output", f"{sums}.sig", "--detach-sign", str(sums)], check=True)


def pack(version: str) -> list[tuple[str, str]]:
    archive = HERE / f"toy_{version}.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        for name, mode, text in (
            (f"terraform-provider-toy_v{version}", 0o755, f"#!/bin/sh\necho toy {version}\n"),
            ("docs/README", 0o644, "A provider that does nothing.\n"),
        ):
            entry = zipfile.ZipInfo(name)
            entry.external_attr = mode << 16
            packed.writestr(entry, text)
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    return [(f"terraform-provider-toy_{version}_{platform}.zip", digest) for platform in PLATFORMS]


if __name__ == "__main__":
    main()
