from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tfwrap.base.problems import Failure
from tfwrap.engine.cache import Memo
from tfwrap.engine.lock import package_hash
from tfwrap.engine.mirror import package_folder
from tfwrap.engine.protocol import Completed, Invocation
from tfwrap.engine.providers import Mirror, Requirement, ensure, mirror_folder

# Nothing listens on port 1: a registry that refuses at once.
TOY = "localhost:1/acme/toy"


class NoEngine:
    """An engine that must not be started."""

    name = "terraform"
    version = "1.11.4"
    reason = "a test"

    async def run(self, invocation: Invocation, on_line: Callable[[str], None] | None = None) -> Completed:
        raise AssertionError(invocation, on_line)

    def interrupt(self) -> None:
        raise AssertionError

    def kill(self) -> None:
        raise AssertionError


@dataclass(frozen=True)
class Build:
    dir: Path
    package: str = "example.com/acme/terraform-provider-toy"
    version: str = "1.3.2"


@dataclass
class World:
    root: Path
    said: list[str] = field(default_factory=list)

    @property
    def cache(self) -> Path:
        return self.root / "cache"

    @property
    def environ(self) -> dict[str, str]:
        return {
            "PATH": f"{self.root / 'bin'}{os.pathsep}{os.defpath}",
            "HOME": str(self.root / "home"),
            "GOFLAGS": "-race",
            "GOAMD64": "v3",
        }

    def go(self, build: str) -> None:
        """A Go that builds with the shell lines `build`, $out being the program to make."""
        program = self.root / "bin" / "go"
        program.parent.mkdir(exist_ok=True)
        program.write_text(
            "#!/bin/sh\n"
            'case "$1" in\n'
            '  version) echo "go version go1.22.0 linux/amd64";;\n'
            '  env) echo \'{"GOPROXY": "https://proxy.example.com"}\';;\n'
            f'  build) echo x >> {self.root}/builds; while [ "$1" != -o ]; do shift; done; out="$2"; {build};;\n'
            "esac\n"
        )
        program.chmod(0o755)

    def tool(self, toolchain: str = "toolchain go1.26.8\n") -> Build:
        folder = self.root / "tool"
        folder.mkdir(exist_ok=True)
        (folder / "go.mod").write_text(f"module example.com/tool\n\ngo 1.24\n\n{toolchain}")
        (folder / "go.sum").write_text("")
        return Build(folder)

    @property
    def builds(self) -> int:
        file = self.root / "builds"
        return len(file.read_text().split()) if file.exists() else 0

    async def ensure_async(self, requirements: Iterable[Requirement], build: Build | None = None) -> Mirror:
        return await ensure(
            requirements,
            cache=self.cache,
            source_builds={TOY: build} if build else {},
            engine=NoEngine(),
            environ=self.environ,
            say=self.said.append,
        )

    def ensure(self, *requirements: Requirement, build: Build | None = None) -> Mirror:
        return asyncio.run(self.ensure_async(requirements, build))

    def refusals(self, *requirements: Requirement, build: Build | None = None) -> list[tuple[str, str]]:
        with pytest.raises(Failure) as failure:
            self.ensure(*requirements, build=build)
        return [(problem.code, problem.message) for problem in failure.value.problems]

    def has(self, version: str) -> Path:
        folder = package_folder(self.cache / "mirror", TOY, version)
        folder.mkdir(parents=True)
        (folder / f"terraform-provider-toy_v{version}").write_text(version)
        return folder

    def leftovers(self) -> list[Path]:
        tmp = self.cache / "tmp"
        return list(tmp.iterdir()) if tmp.exists() else []


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def test_nothing_wanted_writes_next_to_nothing(world: World) -> None:
    mirror = world.ensure(Requirement("terraform.io/builtin/terraform"))
    assert mirror.packages == {}
    assert mirror.cli_config is not None
    assert "provider_installation" not in mirror.cli_config.read_text()
    assert world.said == []


def test_the_newest_that_fits_of_what_is_there(world: World) -> None:
    for version in ("1.3.2", "2.1.0", "4.0.0", "3.0.0-beta1"):
        world.has(version)
    newest, pinned = Requirement(TOY, (">= 1.3.2, < 4",)), Requirement(TOY, (">= 1",), "1.3.2")
    mirror = world.ensure(newest, pinned)
    assert mirror.packages[newest].version == "2.1.0"
    assert mirror.packages[pinned].version == "1.3.2"
    assert mirror.cli_config is not None
    assert f'include = ["{TOY}"]' in mirror.cli_config.read_text()
    assert world.said == []


def test_a_registry_that_refuses_is_named_and_all_faults_come_together(world: World) -> None:
    refused = world.refusals(Requirement(TOY, ("~> 2.0",)), Requirement("localhost:1/acme/other"))
    assert refused == [
        (
            "E410",
            (
                f"provider {TOY} (~> 2.0) is not to be had: not in the mirror, "
                "no registry (localhost:1: Connection refused), and there is no source build for it"
            ),
        ),
        (
            "E410",
            (
                "provider localhost:1/acme/other is not to be had: not in the mirror, "
                "no registry (localhost:1: Connection refused), and there is no source build for it"
            ),
        ),
    ]


def test_built_once_with_a_go_that_nobody_can_bend(world: World) -> None:
    world.go('env > "$out"')
    build = world.tool()
    requirement = Requirement(TOY, (">= 1.3.2, < 4",))
    for _ in range(2):
        package = world.ensure(requirement, build=build).packages[requirement]
    assert world.builds == 1
    assert world.said == [f"building {TOY} 1.3.2 from source (about 2 minutes, once per machine)"]
    assert package.executable.name == "terraform-provider-toy_v1.3.2"
    assert package.executable.stat().st_mode & 0o777 == 0o755
    environment = dict(line.split("=", 1) for line in package.executable.read_text().splitlines() if "=" in line)
    assert {name: value for name, value in environment.items() if name.startswith(("GO", "CGO"))} == {
        "GOPROXY": "https://proxy.example.com",
        "GOENV": "off",
        "GOFLAGS": "-mod=readonly -modcacherw",
        "GOTOOLCHAIN": "go1.26.8",
        "GOWORK": "off",
        "GOAMD64": "v1",
        "GOARM64": "v8.0",
        "CGO_ENABLED": "0",
    }
    assert world.leftovers() == []


def test_what_one_project_builds_is_not_for_others(world: World) -> None:
    world.go('echo program > "$out"')
    build = world.tool()
    requirement = Requirement(TOY)
    world.ensure(requirement, build=build)
    assert [code for code, _ in world.refusals(requirement)] == ["E410"]
    before = mirror_folder(world.cache, {TOY: build})
    (build.dir / "go.sum").write_text("example.com/x v1.0.0 h1:…\n")
    assert mirror_folder(world.cache, {TOY: build}) != before
    world.ensure(requirement, build=build)
    assert world.builds == 2


def test_a_build_that_fails_names_log_and_reason_and_leaves_nothing(world: World) -> None:
    world.go('touch "$out"; echo "go: downloading x v1"; echo "# x"; echo "x.go:3:1: syntax error"; exit 1')
    with pytest.raises(Failure) as failure:
        world.ensure(Requirement(TOY), build=world.tool())
    (problem,) = failure.value.problems
    assert problem.code == "E412"
    assert problem.message == f"building {TOY} 1.3.2 from source failed: x.go:3:1: syntax error"
    assert problem.hint is not None
    assert "x.go:3:1" in Path(problem.hint.partition(": ")[2]).read_text()
    assert world.leftovers() == []
    assert not list(world.cache.rglob("terraform-provider-toy*"))


def test_an_interrupted_build_leaves_nothing(world: World) -> None:
    world.go('echo half > "$out"; exec sleep 60')

    async def scenario() -> None:
        task = asyncio.create_task(world.ensure_async([Requirement(TOY)], world.tool()))
        while not list(world.cache.glob("tmp/*/package/terraform-provider-toy*")):
            assert not task.done()
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(asyncio.wait_for(scenario(), 20))
    assert world.leftovers() == []
    world.go('echo whole > "$out"')
    requirement = Requirement(TOY)
    package = world.ensure(requirement, build=world.tool()).packages[requirement]
    assert package.executable.read_text() == "whole\n"


def test_what_a_killed_build_left_is_cleared_away(world: World) -> None:
    left = world.cache / "tmp" / "of-the-dead" / "package"
    left.mkdir(parents=True)
    world.go('echo program > "$out"')
    world.ensure(Requirement(TOY), build=world.tool())
    assert world.leftovers() == []


def test_two_at_once_build_once(world: World) -> None:
    world.go('sleep 0.5; echo program > "$out"')
    build, requirement = world.tool(), Requirement(TOY)

    async def both() -> list[Mirror]:
        return await asyncio.gather(*(world.ensure_async([requirement], build) for _ in range(2)))

    first, second = asyncio.run(both())
    assert first.packages == second.packages
    assert world.builds == 1
    assert "waiting for another tfwrap that is fetching or building providers" in world.said


def test_a_tool_without_its_toolchain_pinned(world: World) -> None:
    world.go('echo program > "$out"')
    (refused,) = world.refusals(Requirement(TOY), build=world.tool(toolchain=""))
    assert refused == ("E412", f"{world.root / 'tool' / 'go.mod'} has no `toolchain` line")


def test_a_source_build_that_does_not_fit(world: World) -> None:
    world.go('echo program > "$out"')
    build = world.tool()
    (refused,) = world.refusals(Requirement(TOY, (">= 2",)), build=build)
    assert refused[0] == "E410"
    assert refused[1].endswith("and its source build is 1.3.2")
    (locked,) = world.refusals(Requirement(TOY, (">= 1",), "1.3.3"), build=build)
    assert locked[1].startswith(f"provider {TOY} (1.3.3, locked) is not to be had")
    assert world.builds == 0


def test_versions_that_cannot_be_read(world: World) -> None:
    build = world.tool()
    refused = world.refusals(Requirement(TOY, ("^1.3",)), build=Build(build.dir, version="latest"))
    assert [code for code, _ in refused] == ["E413", "E413"]


def test_the_lock_file_must_know_the_package(world: World) -> None:
    folder = world.has("1.3.2")
    known = package_hash(folder, Memo(world.root / "memo"))
    good = Requirement(TOY, (), "1.3.2", ("zh:abc", known))
    assert world.ensure(good).packages[good].version == "1.3.2"
    bad = Requirement(TOY, (), "1.3.2", ("zh:abc", "h1:other"))
    assert world.refusals(bad, good) == [
        ("E411", f"the lock file does not know this machine's package of {TOY} (1.3.2, locked)")
    ]


def test_a_user_who_configures_installation_is_left_alone(world: World) -> None:
    (world.root / "home").mkdir()
    (world.root / "home" / ".terraformrc").write_text("provider_installation {\n  direct {}\n}\n")
    mirror = world.ensure(Requirement(TOY, (), "1.3.2", ("h1:x",)))
    assert (mirror.cli_config, mirror.packages) == (None, {})
    assert not world.cache.exists()
