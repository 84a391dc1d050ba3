from __future__ import annotations

from pathlib import Path

from tfwrap.engine.environment import child_environment
from tfwrap.stacks.model import USERS_KUBECONFIG

PARENT = {
    "PATH": "/bin",
    "HOME": "/home/me",
    "TF_VAR_secret": "s",
    "TF_CLI_ARGS": "-destroy",
    "TF_CLI_ARGS_plan": "-target=a.b",
    "TF_WORKSPACE": "other",
    "TF_LOG": "trace",
    "TF_LOG_PATH": "/tmp/log",
    "TF_REATTACH_PROVIDERS": "{}",
    "TF_DATA_DIR": "/elsewhere",
    "TF_TOKEN_app_example_com": "t",
    "TF_PLUGIN_CACHE_DIR": "/plugins",
    "ATLANTIS_GH_TOKEN": "gh",
    "TF_INPUT": "1",
}


def build(parent: dict[str, str], *, config: Path | None = None, pass_env: tuple[str, ...] = ()) -> dict[str, str]:
    child, _ = child_environment(parent, pass_env=pass_env, data_dir=Path("/srv/app"), cli_config=config, extra={})
    return child


def test_what_would_change_terraform_is_dropped_and_named() -> None:
    child, dropped = child_environment(
        PARENT, pass_env=(), data_dir=Path("/srv/app"), cli_config=None, extra={"KUBECONFIG": "k"}
    )
    assert child == {
        "PATH": "/bin",
        "HOME": "/home/me",
        "TF_TOKEN_app_example_com": "t",
        "TF_PLUGIN_CACHE_DIR": "/plugins",
        "KUBECONFIG": "k",
        "TF_IN_AUTOMATION": "1",
        "TF_INPUT": "0",
        "CHECKPOINT_DISABLE": "1",
        "TF_DATA_DIR": "/srv/app",
    }
    assert dropped == (
        "ATLANTIS_GH_TOKEN",
        "TF_CLI_ARGS",
        "TF_CLI_ARGS_plan",
        "TF_DATA_DIR",
        "TF_LOG",
        "TF_LOG_PATH",
        "TF_REATTACH_PROVIDERS",
        "TF_VAR_secret",
        "TF_WORKSPACE",
    )


def test_pass_env_lets_names_and_patterns_through() -> None:
    child, dropped = child_environment(
        PARENT, pass_env=("TF_VAR_secret", "TF_LOG*"), data_dir=Path("/w"), cli_config=None, extra={}
    )
    assert (child["TF_VAR_secret"], child["TF_LOG"], child["TF_LOG_PATH"]) == ("s", "trace", "/tmp/log")
    assert not {"TF_VAR_secret", "TF_LOG", "TF_LOG_PATH"} & set(dropped)
    assert "TF_WORKSPACE" in dropped


def test_the_policys_own_settings_cannot_be_passed_by() -> None:
    child = build({**PARENT}, pass_env=("TF_*",))
    assert (child["TF_DATA_DIR"], child["TF_INPUT"]) == ("/srv/app", "0")


def test_a_cli_config_that_exists_stays(tmp_path: Path) -> None:
    users = tmp_path / "users.tfrc"
    users.touch()
    child, dropped = child_environment(
        {"TF_CLI_CONFIG_FILE": str(users)}, pass_env=(), data_dir=tmp_path, cli_config=tmp_path / "ours", extra={}
    )
    assert child["TF_CLI_CONFIG_FILE"] == str(users)
    assert dropped == ()


def test_a_cli_config_that_does_not_exist_gives_way(tmp_path: Path) -> None:
    parent = {"TF_CLI_CONFIG_FILE": str(tmp_path / "gone")}
    child, dropped = child_environment(parent, pass_env=(), data_dir=tmp_path, cli_config=tmp_path / "ours", extra={})
    assert child["TF_CLI_CONFIG_FILE"] == str(tmp_path / "ours")
    assert dropped == ("TF_CLI_CONFIG_FILE",)
    assert "TF_CLI_CONFIG_FILE" not in build(parent)


def test_the_parent_is_left_alone() -> None:
    before = dict(PARENT)
    build(PARENT)
    assert before == PARENT


def test_the_kustomization_provider_gets_the_users_kubeconfig_by_its_own_name(tmp_path: Path) -> None:
    usual, other = tmp_path / ".kube" / "config", tmp_path / "other"
    usual.parent.mkdir()
    home = {"HOME": str(tmp_path)}
    assert "KUBECONFIG_PATH" not in build(home)
    for path in (usual, other):
        path.write_text("{}")
    assert build(home)["KUBECONFIG_PATH"] == str(usual)
    assert build({**home, "KUBECONFIG": f"/not/there:{other}"})["KUBECONFIG_PATH"] == str(other)
    assert "KUBECONFIG_PATH" not in build({**home, "KUBECONFIG": "/not/there"})
    assert build({**home, "KUBECONFIG": str(other), "KUBECONFIG_PATH": "own"})["KUBECONFIG_PATH"] == "own"


def test_the_helm_provider_of_a_cluster_reached_by_kubeconfig_gets_the_users_own(tmp_path: Path) -> None:
    kubeconfig = tmp_path / "config"
    kubeconfig.write_text("{}")

    def given(parent: dict[str, str]) -> str | None:
        extra = {"KUBE_CONFIG_PATH": USERS_KUBECONFIG}
        child, _ = child_environment(parent, pass_env=(), data_dir=tmp_path, cli_config=None, extra=extra)
        return child.get("KUBE_CONFIG_PATH")

    assert given({"KUBECONFIG": str(kubeconfig)}) == str(kubeconfig)
    assert given({"KUBECONFIG": str(kubeconfig), "KUBE_CONFIG_PATH": "own"}) == "own"
    assert given({"KUBECONFIG": str(kubeconfig), "KUBE_CONFIG_PATHS": "one:two"}) is None
    assert given({"KUBECONFIG": "/not/there"}) is None
