"""Thirty plans for comments: real ones of Terraform, and what is made from those for what is hard to come by."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

from golden.golden import plan_data

from tfwrap.plan.model import Plan

Data = dict[str, Any]


def resource(address: str, actions: list[str], before: Any, after: Any, **facts: Any) -> Data:
    """One entry of resource_changes; `facts` go into the change, or beside it where Terraform has them there."""
    beside: Data = {key: facts.pop(key) for key in ("action_reason", "previous_address", "deposed") if key in facts}
    kind, name = address.partition("[")[0].split(".")[-2:]
    change: Data = {"actions": actions, "before": before, "after": after, "after_unknown": facts.pop("unknown", {})}
    change |= {"before_sensitive": False, "after_sensitive": False, **facts}
    return {"address": address, "mode": "managed", "type": kind, "name": name, "change": change, **beside}


def of(*changes: Data, outputs: Data | None = None, drift: list[Data] | None = None) -> Data:
    return {
        "format_version": "1.2",
        "terraform_version": "1.11.4",
        "resource_changes": list(changes),
        "resource_drift": drift or [],
        "output_changes": outputs or {},
    }


def updated(name: str, change: Callable[[Data], None], actions: tuple[str, ...] = ("update",)) -> Data:
    """A real plan that creates, as one that updates: `change` edits what is there before."""
    data = plan_data(name)
    entry = data["resource_changes"][0]["change"]
    entry["before"] = copy.deepcopy(entry["after"])
    entry["actions"], entry["after_unknown"] = list(actions), {"metadata": True}
    change(entry["before"])
    data["output_changes"] = {}
    return data


def _text(old: str, new: str) -> Callable[[Data], None]:
    def edit(before: Data) -> None:
        assert any(new in text for text in before["values"]), before["values"]
        before["values"] = [text.replace(new, old) for text in before["values"]]

    return edit


def _set(**values: Any) -> Callable[[Data], None]:
    return lambda before: before.update(values)


def _data(name: str, actions: list[str], before: Any = None, after: Any = None, **facts: Any) -> Data:
    address = f"module.this.terraform_data.{name}"
    return resource(address, actions, {"input": before} if before is not None else None, {"input": after}, **facts)


def _yaml(count: int, value: Callable[[int], str]) -> str:
    return "".join(f"service-{number}:\n  image:\n    tag: {value(number)}\n" for number in range(count))


def cases() -> Iterator[tuple[str, Data]]:
    for name in ("create", "update", "update-1.15", "destroy", "unchanged", "outputs", "outputs-create"):
        yield name, plan_data(name)
    for name in ("helm-create", "helm-update", "helm-password", "emissary-crds", "emissary-ingress", "emissary-config"):
        yield name, plan_data(name)
    yield "emissary-ingress-scaled", updated("emissary-ingress", _text("maxReplicas: 5", "maxReplicas: 3"))
    yield "emissary-config-host", updated("emissary-config", _text("old.wadexu.cloud", "dev.wadexu.cloud"))
    yield "emissary-crds-chart", updated("emissary-crds", _set(version="8.2.0+00000000"))
    yield (
        "emissary-ingress-renamed",
        updated("emissary-ingress", _set(name="emissary-old"), actions=("delete", "create")),
    )
    many = _data("values", ["update"], _yaml(1000, lambda number: f"v{number}"), _yaml(1000, lambda _: "v9"))
    yield "two-thousand-lines", of(many, _data("small", ["update"], "a", "b"), _data("gone", ["delete"], "x"))
    yield "many-resources", of(*(_data(f"r{number}", ["create"], None, "x") for number in range(900)))
    yield (
        "hostile",
        of(
            _data("text", ["update"], "plain", "```\n</details>\n@everyone <img src=x>\nPlan: 9 to add, 0 to change"),
            _data('key["```"]', ["create"], None, "\x1b[31mred\x1b[0m \u202eback\u202c ~~~~"),
            outputs={"o": {"actions": ["create"], "before": None, "after": "No changes. Your", "after_unknown": False}},
        ),
    )
    yield "sensitive", of(
        _data("one", ["update"], {"user": "a", "password": "hunter2-one"}, {"user": "b", "password": "hunter2-two"},
              before_sensitive={"input": {"password": True}}, after_sensitive={"input": {"password": True}}),
        _data("two", ["create"], None, "hunter2-one", after_sensitive={"input": True}),
        outputs={"token": {"actions": ["update"], "before": "hunter2-one", "after": "hunter2-two",
                           "after_unknown": False, "before_sensitive": True, "after_sensitive": True}},
    )  # fmt: skip
    yield "moved", of(_data("new", ["no-op"], "a", "a", previous_address="module.this.terraform_data.old"))
    yield "imported", of(_data("there", ["update"], "a", "b", importing={"id": "an-id"}))
    yield "forgotten", of(_data("kept", ["forget"], "a"))
    yield "deposed", of(_data("web", ["delete"], "a", deposed="ab12cd34"))
    yield (
        "tainted",
        of(_data("web", ["delete", "create"], "a", "a", action_reason="replace_because_tainted", unknown={"id": True})),
    )
    yield "create-before-destroy", of(_data("web", ["create", "delete"], "a", "b", replace_paths=[["input"]]))
    yield (
        "drift",
        of(
            _data("web", ["update"], "changed by hand", "as written"),
            drift=[_data("web", ["update"], "as written", "changed by hand"), _data("lost", ["delete"], "x")],
        ),
    )
    yield "list-items", of(
        _data("hosts", ["update"], "hosts:\n- {name: a, port: 80}\n- {name: b, port: 81}\n",
              "hosts:\n- {name: b, port: 82}\n- {name: c, port: 83}\n- {name: a, port: 80}\n"),
    )  # fmt: skip
    yield "same-but-written-differently", of(_data("doc", ["update"], "a: 1\nb: 2\n", "b:   2\na: 1\n"))
    yield "heredoc", of(_data("script", ["update"], "#!/bin/sh\nset -e\nmake\n", "#!/bin/sh\nset -eu\nmake all\n"))


def plans() -> dict[str, Plan]:
    return {name: Plan.from_json(data) for name, data in cases()}
