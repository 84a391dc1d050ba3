"""What a child may see of the environment: a written policy, pure.

Dropped unless `pass_env` lets it through: whatever would change what Terraform does behind tfwrap's back, and
the secrets of an Atlantis server, which Terraform has no business with.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from pathlib import Path

from tfwrap.stacks.model import USERS_KUBECONFIG

DROPPED = (
    "TF_VAR_*",
    "TF_CLI_ARGS*",
    "TF_WORKSPACE",
    "TF_LOG*",
    "TF_REATTACH_PROVIDERS",
    "TF_DATA_DIR",
    "ATLANTIS_*",
)
_CLI_CONFIG = "TF_CLI_CONFIG_FILE"
_KUSTOMIZE = "KUBECONFIG_PATH"  # what the kustomization provider calls KUBECONFIG
_SEVERAL = "KUBE_CONFIG_PATHS"  # where it is set, the helm provider is not to be given one
_FORCED = {"TF_IN_AUTOMATION": "1", "TF_INPUT": "0", "CHECKPOINT_DISABLE": "1"}


def child_environment(
    parent: Mapping[str, str],
    *,
    pass_env: Iterable[str],
    data_dir: Path,
    cli_config: Path | None,
    extra: Mapping[str, str],
) -> tuple[dict[str, str], tuple[str, ...]]:
    """The child's whole environment, and the names that were dropped from the parent's, to be said once.

    `pass_env` holds names, `*` allowed. A TF_CLI_CONFIG_FILE that exists is used as it is; one that does
    not (Terraform would warn on every call) is dropped, and `cli_config` takes its place. `extra` has the
    last word over what is inherited, but not over the policy's own settings.
    """
    allowed = tuple(pass_env)
    dropped = [name for name in parent if _matches(name, DROPPED) and not _matches(name, allowed)]
    child = {name: value for name, value in parent.items() if name not in dropped}
    config = child.get(_CLI_CONFIG)
    if config is not None and not Path(config).is_file():
        del child[_CLI_CONFIG]
        dropped.append(_CLI_CONFIG)
    if _CLI_CONFIG not in child and cli_config is not None:
        child[_CLI_CONFIG] = str(cli_config)
    whole = {**lay_over(child, extra), **_FORCED, "TF_DATA_DIR": str(data_dir)}
    if kubeconfig := _kubeconfig(whole):
        whole.setdefault(_KUSTOMIZE, kubeconfig)
    return whole, tuple(sorted(dropped))


def lay_over(environment: Mapping[str, str], extra: Mapping[str, str]) -> dict[str, str]:
    """`extra` has the last word; but for its USERS_KUBECONFIG, where the user has said which file is to be read."""
    whole = {**environment, **{name: value for name, value in extra.items() if value != USERS_KUBECONFIG}}
    if _SEVERAL not in whole and (kubeconfig := _kubeconfig(whole)):
        for name, value in extra.items():
            if value == USERS_KUBECONFIG:
                whole.setdefault(name, kubeconfig)
    return whole


def _kubeconfig(environment: Mapping[str, str]) -> str | None:
    """The user's own, as kubectl finds it."""
    named = [path for path in environment.get("KUBECONFIG", "").split(os.pathsep) if path]
    usual = [f"{home}/.kube/config"] if (home := environment.get("HOME")) else []
    return next((path for path in named or usual if Path(path).is_file()), None)


def _matches(name: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)
