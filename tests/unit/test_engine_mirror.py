from __future__ import annotations

from pathlib import Path

import pytest

from tfwrap.engine.cli_config import cli_config, installs_by_itself
from tfwrap.engine.mirror import full_source, package_folder, packages, put, short_source, this_platform
from tfwrap.engine.versions import Version

HELM = "registry.terraform.io/hashicorp/helm"


def add(mirror: Path, version: str, program: str | None = None) -> None:
    folder = package_folder(mirror, HELM, version)
    folder.mkdir(parents=True)
    (folder / (program or f"terraform-provider-helm_v{version}")).touch()


@pytest.mark.parametrize(
    ("source", "engine", "full"),
    [
        ("hashicorp/helm", "embedded", HELM),
        ("Hashicorp/Helm", "terraform", HELM),
        ("helm", "terraform", HELM),
        ("hashicorp/helm", "tofu", "registry.opentofu.org/hashicorp/helm"),
        ("localhost:8443/acme/toy", "tofu", "localhost:8443/acme/toy"),
        ("terraform.io/builtin/terraform", "tofu", "terraform.io/builtin/terraform"),
    ],
)
def test_sources(source: str, engine: str, full: str) -> None:
    assert full_source(source, engine) == full


def test_sources_as_people_write_them() -> None:
    assert short_source(HELM) == short_source("registry.opentofu.org/hashicorp/helm") == "hashicorp/helm"
    assert short_source("example.com/acme/toy") == "example.com/acme/toy"


def test_what_a_mirror_has(tmp_path: Path) -> None:
    add(tmp_path, "1.3.2")
    add(tmp_path, "3.1.0-beta1")
    add(tmp_path, "2.0.0", program="README")
    add(tmp_path, "not-a-version")
    other = tmp_path.joinpath(*HELM.split("/"), "2.1.0", "plan9_mips", "terraform-provider-helm_v2.1.0")
    other.parent.mkdir(parents=True)
    other.touch()
    found = packages(tmp_path, HELM)
    assert sorted(map(str, found)) == ["1.3.2", "3.1.0-beta1"]
    package = found[Version.parse("1.3.2")]
    assert package.executable == package.folder / "terraform-provider-helm_v1.3.2"
    assert package.folder.name == this_platform()
    assert packages(tmp_path, "registry.terraform.io/hashicorp/null") == {}


def test_putting_a_package_in_replaces_what_is_no_package(tmp_path: Path) -> None:
    add(tmp_path / "mirror", "1.3.2", program="half-made")
    made = tmp_path / "made"
    made.mkdir()
    (made / "terraform-provider-helm_v1.3.2").touch()
    package = put(tmp_path / "mirror", HELM, "1.3.2", made)
    assert [file.name for file in package.folder.iterdir()] == ["terraform-provider-helm_v1.3.2"]
    assert not made.exists()


def test_the_cli_config_names_what_comes_from_the_mirror(tmp_path: Path) -> None:
    file = cli_config(tmp_path, {"HOME": str(tmp_path / "home")}, mirror=Path("/m"), sources=[HELM, "a.io/b/c", HELM])
    assert file.read_text() == (
        "disable_checkpoint = true\n\n"
        "provider_installation {\n"
        "  filesystem_mirror {\n"
        '    path    = "/m"\n'
        '    include = ["a.io/b/c", "registry.terraform.io/hashicorp/helm"]\n'
        "  }\n"
        "  direct {\n"
        '    exclude = ["a.io/b/c", "registry.terraform.io/hashicorp/helm"]\n'
        "  }\n"
        "}\n"
    )
    assert file.stat().st_mode & 0o777 == 0o600
    again = cli_config(tmp_path, {}, mirror=Path("/m"), sources=["a.io/b/c", HELM])
    assert again == file
    none = cli_config(tmp_path, {}, mirror=Path("/m"), sources=[])
    assert none.read_text() == "disable_checkpoint = true\n"


def test_the_users_own_configuration_stays_in_force(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    environ = {"HOME": str(home)}
    assert not installs_by_itself(environ)
    rc = home / ".terraformrc"
    rc.write_text('credentials "app.example.com" {\n  token = "t"\n}\n')
    assert not installs_by_itself(environ)
    text = cli_config(tmp_path, environ, mirror=Path("/m"), sources=[HELM]).read_text()
    assert text.startswith('credentials "app.example.com" {\n  token = "t"\n}\n\nprovider_installation {\n')
    rc.write_text('provider_installation {\n  network_mirror { url = "https://example.com/" }\n}\n')
    assert installs_by_itself(environ)
    rc.unlink()
    assert not installs_by_itself({"TF_CLI_CONFIG_FILE": str(rc)})
    rc.touch()
    assert installs_by_itself({"TF_CLI_CONFIG_FILE": str(rc)})
