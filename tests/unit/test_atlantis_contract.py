"""What Atlantis hands to a step: its quoting undone, and everything that is not expected refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kit.atlantis_step import escape

from tfwrap.atlantis.contract import (
    PlanArguments,
    Step,
    import_arguments,
    no_arguments,
    plan_arguments,
    read_step,
    split_arguments,
    state_rm_arguments,
)
from tfwrap.atlantis.plan_file import sibling
from tfwrap.base.problems import UsageFailure

ENVIRONMENT = {
    "PLANFILE": "/data/repos/acme/infra/7/default/live/dev/app/dev::app-default.tfplan",
    "PROJECT_NAME": "dev/app",
    "WORKSPACE": "default",
    "HEAD_COMMIT": "8830de9",
    "REPO_REL_DIR": "live/dev/app",
    "COMMENT_ARGS": "",
}


@given(st.lists(st.text(st.characters(codec="ascii")), min_size=1).filter(lambda found: found != [""]))
def test_arguments_survive_the_quoting_of_atlantis(arguments: list[str]) -> None:
    assert list(split_arguments(escape(*arguments))) == arguments


def test_the_example_of_the_documentation() -> None:
    assert list(split_arguments(r"\a\,\b,\c")) == ["a,b", "c"]
    assert list(split_arguments("")) == []
    assert list(split_arguments("\\")) == [""]


def test_what_a_plan_takes() -> None:
    assert plan_arguments([]) == PlanArguments()
    assert plan_arguments(["-destroy", "--refresh=false"]) == PlanArguments(destroy=True, refresh=False)
    assert plan_arguments(["-target=terraform_data.a", "-replace", 'module.this.x.y["k.e y"]']).extra == (
        "-target=module.this.terraform_data.a",
        '-replace=module.this.x.y["k.e y"]',
    )


@pytest.mark.parametrize(
    "argument",
    [
        "-var-file=/etc/passwd", "-out=/tmp/x", "-state=x", "-chdir=..", "-plugin-dir=x", "-var=a=b", "-lock=false",
        "-backend-config=x", "$(touch pwned)", "; touch pwned", "`touch pwned`", "-target=-out=x", "-target=",
        "-target=a b", "-target=a\nb", "-target=ü.x", "-refresh-only", "-target", "x", "", "-destroy=false",
    ],
)  # fmt: skip
def test_what_a_plan_does_not_take(argument: str) -> None:
    with pytest.raises(UsageFailure) as caught:
        plan_arguments([argument])
    assert [problem.code for problem in caught.value.problems] == ["E711"]
    with pytest.raises(UsageFailure):
        no_arguments([argument])


def test_import_and_state_rm() -> None:
    assert import_arguments(["terraform_data.a", "some/id"]) == ("module.this.terraform_data.a", "some/id")
    assert state_rm_arguments(["a.b", "module.this.c.d"]) == ("module.this.a.b", "module.this.c.d")
    for bad in ([], ["a.b"], ["a.b", "-out=x"], ["-a.b", "id"], ["a.b", "id", "more"], ["a.b", ""]):
        with pytest.raises(UsageFailure):
            import_arguments(bad)
    for bad in ([], ["-lock=false"], ["a.b", "--state=x"]):
        with pytest.raises(UsageFailure):
            state_rm_arguments(bad)


def test_a_step_outside_of_atlantis_says_so() -> None:
    with pytest.raises(UsageFailure) as caught:
        read_step({name: value for name, value in ENVIRONMENT.items() if name != "HEAD_COMMIT"}, Path())
    assert caught.value.problems[0].code == "E710"
    assert "HEAD_COMMIT" in caught.value.problems[0].message


def test_only_the_default_workspace() -> None:
    with pytest.raises(UsageFailure) as caught:
        read_step({**ENVIRONMENT, "WORKSPACE": "other"}, Path())
    assert caught.value.problems[0].code == "E715"


@pytest.mark.parametrize(
    ("url", "limit"),
    [
        ("https://github.com/a/b/pull/7", 60_000),
        ("https://gitlab.com/a/b/-/merge_requests/7", 900_000),
        ("https://bitbucket.org/a/b/pull-requests/7", 30_000),
        ("https://dev.azure.com/a/b/_git/c/pullrequest/7", 140_000),
        ("", 60_000),
    ],
)
def test_the_limit_of_the_host(url: str, limit: int) -> None:
    assert read_step({**ENVIRONMENT, "PULL_URL": url}, Path()).limit == limit


def test_where_the_plan_file_of_another_unit_is() -> None:
    step = read_step(ENVIRONMENT, Path())
    expected = Path("/data/repos/acme/infra/7/default/live/dev/network/dev::network-default.tfplan")
    assert sibling(step, "dev/network", "live/dev/network") == expected
    elsewhere = Step(Path("/plans/x.tfplan"), Path(), "dev/app", "live/dev/app", "", (), 0)
    assert sibling(elsewhere, "dev/network", "live/dev/network") is None
