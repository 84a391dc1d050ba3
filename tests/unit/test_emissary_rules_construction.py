"""R45, R46 and R47 cannot be broken: what tfwrap makes of any settings keeps them."""

from __future__ import annotations

from pathlib import Path

from emissary_kit import build, settings, unit

from tfwrap.stacks.model import LocalModule, Stack

SECOND = {"namespace": "second", "ambassador_id": "second-id"}


def two_installs(tmp_path: Path) -> Stack:
    data = settings()
    data["installs"]["second"] = SECOND
    return build(tmp_path, data)


def test_r45_crds_are_one_unit_in_their_own_namespace(tmp_path: Path) -> None:
    stack = two_installs(tmp_path)
    crds = [
        one for one in stack.units if isinstance(one.module, LocalModule) and one.module.path.name == "emissary-crds"
    ]
    assert [one.name for one in crds] == ["emissary-crds"]
    assert crds[0].arguments["namespace"] == "emissary-system"
    assert "wait" not in crds[0].arguments, "the module's default is to wait"
    variables = (Path(__file__).parents[2] / "modules" / "emissary-crds" / "variables.tf").read_text()
    wait = variables[variables.index('variable "wait"') :]
    assert "default     = true" in wait[: wait.index("}")]


def test_r46_crds_come_first_and_config_last(tmp_path: Path) -> None:
    stack = two_installs(tmp_path)
    for install in ("edge", "second"):
        assert unit(stack, f"{install}-ingress").after == ("emissary-crds",)
        assert unit(stack, f"{install}-config").after == (f"{install}-ingress",)


def test_r47_names_of_the_whole_cluster_differ(tmp_path: Path) -> None:
    stack = two_installs(tmp_path)
    releases = [one.arguments["name"] for one in stack.units]
    assert len(set(releases)) == len(releases) == 5
    values = [unit(stack, f"{install}-ingress").values for install in ("edge", "second")]
    contexts = [template.context for one in values for template in one.values()]
    for name in ("ingress_class", "rbac_name"):
        assert len({context[name] for context in contexts}) == 2
