"""The config of the Module `ambassador` as the knobs of an install make it; the ingress values template says the same.

Needed where no chart is rendered: the kustomize method and the preview. A test holds both against each other.
"""

from __future__ import annotations

from typing import Any

from tfwrap.stacks.emissary.install import Install
from tfwrap.stacks.emissary.local_values import module_config

_KEEPALIVE = {"time": 100, "interval": 10, "probes": 5}  # seconds, seconds, a number


def module_values(install: Install) -> dict[str, Any]:
    own = module_config(install)
    values: dict[str, Any] = {
        "diagnostics": {"enabled": install.diagnostics, "allow_non_local": False},
        "keepalive": _KEEPALIVE,
    }
    if install.cluster_request_timeout_ms is not None:
        values["cluster_request_timeout_ms"] = install.cluster_request_timeout_ms
    if install.resolver and install.resolver.default:
        values |= {"resolver": install.resolver.name, "load_balancer": {"policy": "round_robin"}}
    if install.load_balancer.source_ranges and "ip_deny" not in own:
        values["ip_allow"] = [{"remote": cidr} for cidr in install.load_balancer.source_ranges]
    return {**values, **own}
