"""Which Emissary reads which resource: ambassador_ids, and names that mean one thing only: R21, R22, R36, R49."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tfwrap.stacks.emissary.checks.finding import Finding
from tfwrap.stacks.emissary.checks.view import InstallView, Item, View

_LOST = {
    "Host": "Emissary falls back to serving in clear text",
    "Listener": "its port refuses connections",
    "Mapping": "its route answers 404",
}


def of_another_install(view: View) -> Iterator[Finding]:
    """R21."""
    for install in view.installs:
        own = install.settings.ambassador_id
        for item in install.resources:
            ids = item.ambassador_ids
            if own not in ids:
                lost = _LOST.get(item.kind, "it has no effect")
                message = (
                    f"{item.title} has ambassador_id {_listed(ids)}, install {install.name} reads only "
                    f'"{own}" and ignores it: {lost}'
                )
                yield Finding(item, item.at("ambassador_id"), message, "leave it out; the install fills it in")
            elif set(ids) != {own}:
                others = _listed(tuple(one for one in ids if one != own))
                message = (
                    f"{item.title} has also ambassador_id {others}: other installs would serve it too, past the "
                    f"access of install {install.name}"
                )
                yield Finding(item, item.at("ambassador_id"), message, "leave it out; the install fills it in")


def two_of_one_id(view: View) -> Iterator[Finding]:
    """R22. Installs that each watch their own namespace only do not meet."""
    first: dict[str, list[InstallView]] = {}
    for install in view.installs:
        others = first.setdefault(install.settings.ambassador_id, [])
        other = next((other for other in others if _meet(install, other)), None)
        if other:
            message = (
                f"installs {other.name} and {install.name} have one ambassador_id, "
                f'"{install.settings.ambassador_id}": each serves the routes of both, private ones too'
            )
            yield Finding(install, install.at("ambassador_id"), message, "give each install its own ambassador_id")
        # One that watches everything meets all later ones; of the others one for each namespace is enough.
        if not other:
            others.append(install)


def another_module(view: View) -> Iterator[Finding]:
    """R36. One in the install's own namespace is there twice (R48)."""
    for install in view.installs:
        for item in install.of_kind("Module"):
            if item.name != "ambassador":
                message = f"{item.title} is ignored: Emissary reads no Module but the one called ambassador"
            elif item.namespace != install.settings.namespace:
                message = (
                    f"{item.title} in {item.namespace} is a second Module for ambassador_id "
                    f'"{install.settings.ambassador_id}", and Emissary reads one only'
                )
            else:
                continue
            hint = f"put its config into installs.{install.name}.module"
            yield Finding(item, (*item.path, "name"), message, hint)


def one_name_in_two_namespaces(view: View) -> Iterator[Finding]:
    """R49."""
    for install in view.installs:
        first: dict[tuple[str, str], Item[Any]] = {}
        items: tuple[Item[Any], ...] = (*install.hosts, *install.tls_contexts)
        for item in items:
            other = first.setdefault((item.kind, item.name), item)
            if other.namespace != item.namespace:
                message = (
                    f"{item.title} is there in {other.namespace} and in {item.namespace}: Emissary renames one of them "
                    f"to {item.name}.{item.namespace}, and whoever names {item.name} gets the other"
                )
                yield Finding(item, (*item.path, "name"), message, "give each its own name")


def _meet(one: InstallView, other: InstallView) -> bool:
    both_apart = one.settings.single_namespace and other.settings.single_namespace
    return not both_apart or one.settings.namespace == other.settings.namespace


def _listed(ids: tuple[str, ...]) -> str:
    return ", ".join(f'"{one}"' for one in ids) or "[]"
