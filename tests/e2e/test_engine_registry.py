"""Fetching from a provider registry: a real engine, a registry of our own on this machine, with TLS and signatures."""

from __future__ import annotations

import asyncio
import json
import os
import ssl
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest
from kit.certificates import self_signed
from parts.terraform import terraform

from tfwrap.base.problems import Failure
from tfwrap.engine import argv
from tfwrap.engine.cache import Memo
from tfwrap.engine.choose import choose
from tfwrap.engine.environment import child_environment
from tfwrap.engine.lock import NAME, package_hash, read_lock
from tfwrap.engine.mirror import packages, this_platform
from tfwrap.engine.program import ProgramEngine
from tfwrap.engine.protocol import Invocation
from tfwrap.engine.providers import Mirror, Requirement, ensure

FILES = Path(__file__).parent / "engine_registry"
VERSIONS = ("1.0.0", "1.1.0", "2.0.0")


class Registry(BaseHTTPRequestHandler):
    """The provider registry protocol, for acme/toy alone."""

    asked: ClassVar[list[str]]
    address: ClassVar[str]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        match self.path.strip("/").split("/"):
            case [".well-known", "terraform.json"]:
                self.answer({"providers.v1": "/v1/providers/"})
            case ["v1", "providers", "acme", "toy", "versions"]:
                platforms = [
                    {"os": system, "arch": arch} for system in ("linux", "darwin") for arch in ("amd64", "arm64")
                ]
                self.answer(
                    {
                        "versions": [
                            {"version": version, "protocols": ["5.0"], "platforms": platforms} for version in VERSIONS
                        ]
                    }
                )
            case ["v1", "providers", "acme", "toy", version, "download", system, arch]:
                self.answer(self.package(version, system, arch))
            case ["files", name]:
                self.send(200, (FILES / name).read_bytes())
            case _:
                self.send(404, b"{}")

    def package(self, version: str, system: str, arch: str) -> dict[str, object]:
        name = f"terraform-provider-toy_{version}_{system}_{arch}.zip"
        lines = (FILES / f"SHA256SUMS_{version}").read_text().splitlines()
        sums = {file: digest for digest, _, file in (line.partition("  ") for line in lines)}
        return {
            "protocols": ["5.0"],
            "os": system,
            "arch": arch,
            "filename": name,
            "download_url": f"{self.address}/files/toy_{version}.zip",
            "shasums_url": f"{self.address}/files/SHA256SUMS_{version}",
            "shasums_signature_url": f"{self.address}/files/SHA256SUMS_{version}.sig",
            "shasum": sums[name],
            "signing_keys": {"gpg_public_keys": [{"key_id": "", "ascii_armor": (FILES / "key.asc").read_text()}]},
        }

    def answer(self, document: object) -> None:
        self.send(200, json.dumps(document).encode())

    def send(self, status: int, content: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (its name there)
        """Say nothing."""


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Registry]]:
    cert, key = self_signed(tmp_path, ["localhost"])
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)

    class Ours(Registry):
        asked: ClassVar[list[str]] = []

    server = ThreadingHTTPServer(("127.0.0.1", 0), Ours)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    Ours.address = f"https://localhost:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    monkeypatch.setenv("SSL_CERT_FILE", str(cert))
    monkeypatch.setenv("NO_PROXY", "localhost")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("TFWRAP_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("TF_CLI_CONFIG_FILE", raising=False)
    yield Ours
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(params=["embedded", "program"])
def engine(request: pytest.FixtureRequest, tmp_path: Path, registry: type[Registry]) -> ProgramEngine:
    assert registry
    return choose("embedded" if request.param == "embedded" else str(terraform(tmp_path)), None, os.environ)


def fetch(engine: ProgramEngine, cache: Path, *requirements: Requirement) -> tuple[Mirror, list[str]]:
    said: list[str] = []
    mirror = asyncio.run(
        ensure(requirements, cache=cache, source_builds={}, engine=engine, environ=os.environ, say=said.append)
    )
    return mirror, said


def test_fetched_once_checked_and_locked(engine: ProgramEngine, registry: type[Registry], tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    host = registry.address.removeprefix("https://")
    toy = Requirement(f"{host}/acme/toy", ("~> 1.0",))
    mirror, said = fetch(engine, cache, toy)
    package = mirror.packages[toy]
    assert said == [f"fetching {toy} from {host}"]
    assert package.version == "1.1.0"
    assert subprocess.run([package.executable], check=True, capture_output=True).stdout == b"toy 1.1.0\n"
    assert (package.folder / "docs" / "README").stat().st_mode & 0o777 == 0o644

    # The second time nobody is asked, and the lock file that Terraform writes has the hash we compute.
    asked = len(registry.asked)
    assert fetch(engine, cache, toy) == (mirror, [])
    folder = tmp_path / "unit"
    folder.mkdir()
    required = {"toy": {"source": toy.source, "version": "~> 1.0"}}
    (folder / "main.tf.json").write_text(json.dumps({"terraform": {"required_providers": required}}))
    environment, _ = child_environment(
        os.environ, pass_env=(), data_dir=tmp_path / "data", cli_config=mirror.cli_config, extra={}
    )
    for command in (argv.init(), argv.providers_lock(fs_mirror=mirror.folder), (*argv.init(), "-lockfile=readonly")):
        done = asyncio.run(engine.run(Invocation(command, folder, environment, tmp_path / "out", tmp_path / "out")))
        assert done.status == 0, (tmp_path / "out").read_text()
    assert len(registry.asked) == asked
    lock = read_lock(folder / NAME)
    known = package_hash(package.folder, Memo(tmp_path / "memo"))
    assert known in lock[toy.source].hashes

    # A pinned version is fetched although an older one would do, and its hash is compared.
    pinned = Requirement(toy.source, ("~> 1.0",), lock[toy.source].version, lock[toy.source].hashes)
    assert fetch(engine, cache, pinned)[0].packages[pinned].version == "1.1.0"
    other = Requirement(toy.source, (), "1.0.0", (known,))
    with pytest.raises(Failure) as failure:
        fetch(engine, cache, other)
    assert [problem.code for problem in failure.value.problems] == ["E411"]
    assert (package.folder.parents[1] / "1.0.0").is_dir()
    assert list((cache / "tmp").iterdir()) == []


def test_packages_for_other_platforms(engine: ProgramEngine, registry: type[Registry], tmp_path: Path) -> None:
    host = registry.address.removeprefix("https://")
    toy = Requirement(f"{host}/acme/toy", ("~> 1.0",))
    for _ in range(2):
        mirror = asyncio.run(
            ensure(
                [toy],
                cache=tmp_path / "cache",
                source_builds={},
                engine=engine,
                environ=os.environ,
                say=lambda _: None,
                platforms=["darwin_arm64", this_platform()],
            )
        )
        asked = [path for path in registry.asked if "/download/darwin/arm64" in path]
        assert asked == ["/v1/providers/acme/toy/1.1.0/download/darwin/arm64"]
        assert list(packages(mirror.folder, toy.source, "darwin_arm64").values()) != []
    assert mirror.packages[toy].folder.name == this_platform()


def test_what_the_registry_does_not_have(engine: ProgramEngine, registry: type[Registry], tmp_path: Path) -> None:
    host = registry.address.removeprefix("https://")
    with pytest.raises(Failure) as failure:
        fetch(engine, tmp_path / "cache", Requirement(f"{host}/acme/toy", ("> 7",)))
    (problem,) = failure.value.problems
    assert problem.code == "E415"
    assert f"provider {host}/acme/toy > 7 cannot be fetched: " in problem.message
    assert problem.hint is not None
    assert Path(problem.hint.partition(": ")[2]).is_file()
    assert list((tmp_path / "cache" / "tmp").iterdir()) == []


def test_a_package_that_was_tampered_with(
    engine: ProgramEngine, registry: type[Registry], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    genuine = registry.package

    def swapped(self: Registry, version: str, system: str, arch: str) -> dict[str, object]:
        return {**genuine(self, version, system, arch), "download_url": f"{self.address}/files/toy_2.0.0.zip"}

    monkeypatch.setattr(registry, "package", swapped)
    host = registry.address.removeprefix("https://")
    with pytest.raises(Failure) as failure:
        fetch(engine, tmp_path / "cache", Requirement(f"{host}/acme/toy", ("1.0.0",)))
    assert [problem.code for problem in failure.value.problems] == ["E415"]
    assert not list((tmp_path / "cache").rglob("terraform-provider-toy*"))
