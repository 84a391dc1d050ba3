"""The Module's settings, and timeouts: R37 (its warnings), R39."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_address
from typing import Final

from tfwrap.stacks.emissary.checks.finding import Finding, Owner
from tfwrap.stacks.emissary.checks.view import Path, View

_SHORTEST: Final = 100  # milliseconds; less is more likely meant in seconds
_KINDS: Final = ("peer", "remote")


def odd_timeout(view: View) -> Iterator[Finding]:
    """R37. What is no whole number the models refuse."""
    for owner, name, value, path in _timeouts(view):
        if value == 0:
            message = (
                f"{name} of {owner.title} is 0, which means no timeout: a service that hangs holds requests forever"
            )
            yield Finding(owner, path, message, "write a number of milliseconds")
        elif value < _SHORTEST:
            message = f"{name} of {owner.title} is {value} milliseconds: requests that take longer fail (504)"
            yield Finding(owner, path, message, f"if seconds are meant, write {abs(value) * 1000}")


def broken_address_list(view: View) -> Iterator[Finding]:
    """R39."""
    for install in view.installs:
        module = install.settings.module
        lists = {"ip_allow": module.ip_allow, "ip_deny": module.ip_deny}
        for key, entries in lists.items():
            path = install.at("module", key)
            if entries is None:
                continue
            if not entries:
                message = (
                    f"module.{key} of {install.title} is empty: Emissary makes no filter of it and is open to everyone"
                )
                yield Finding(install, path, message, "name the networks, or take it out")
            for index, entry in enumerate(entries):
                if fault := _entry_fault(entry):
                    message = (
                        f"an entry of module.{key} of {install.title} {fault}: Emissary drops it, and with the last "
                        "good one the whole filter, open to everyone"
                    )
                    hint = "write remote: 10.0.0.0/8 (the client) or peer: 10.0.0.0/8 (who connects)"
                    yield Finding(install, (*path, index), message, hint)
        if module.ip_allow is not None and module.ip_deny is not None:
            message = f"module of {install.title} has both ip_allow and ip_deny: Emissary ignores the second, ip_deny"
            yield Finding(install, install.at("module", "ip_deny"), message, "keep one of the two")


def _timeouts(view: View) -> Iterator[tuple[Owner, str, int, Path]]:
    for install in view.installs:
        key = "cluster_request_timeout_ms"
        for settings, path in (
            (install.settings, install.at(key)),
            (install.settings.module, install.at("module", key)),
        ):
            value: int | None = settings.cluster_request_timeout_ms
            if value is not None:
                yield install, key, value, path
        for mapping in install.mappings:
            if mapping.spec.timeout_ms is not None:
                yield mapping, "timeout_ms", mapping.spec.timeout_ms, mapping.at("timeout_ms")


def _entry_fault(entry: dict[str, str]) -> str | None:
    """An address or a range in Emissary's eyes; unlike Kubernetes it takes host bits and a bare address."""
    if len(entry) != 1:
        return f"has {len(entry)} keys instead of one"
    kind, written = next(iter(entry.items()))
    if kind not in _KINDS:
        return f"has the key {kind}, not peer or remote"
    address, slash, length = written.partition("/")
    try:
        most = ip_address(address).max_prefixlen
    except ValueError:
        return f'has "{written}", which is no IP address or range'
    if slash and not (length.isascii() and length.isdigit() and int(length) <= most):
        return f'has "{written}", whose length is not one of 0 to {most}'
    return None
