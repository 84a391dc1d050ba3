"""Knobs of an install that do not fit together or to the cluster: R40 to R44."""

from __future__ import annotations

import re
from collections.abc import Iterator
from ipaddress import ip_address, ip_network
from pathlib import PurePosixPath
from typing import Final

from tfwrap.stacks.emissary.chart_source import OciChart, PathChart, RepositoryChart, Source
from tfwrap.stacks.emissary.checks.finding import Finding
from tfwrap.stacks.emissary.checks.view import View
from tfwrap.stacks.emissary.types import BUNDLED_VERSION

_OFFICIAL: Final = "emissary-ingress"
_BUNDLED: Final = "emissary-bundled"
# Major versions of the charts, and the version of Emissary that they install.
_LINES: Final = {2: 2, 3: 3, 4: 4, 7: 2, 8: 3}
_HPA_GONE: Final = (1, 26)  # Kubernetes without autoscaling/v2beta2
_NEW_HPA: Final = (8, 6)  # first chart with autoscaling/v2
_NEW_RESOURCES: Final = (8, 5)  # first chart whose Module is v3alpha1


def open_to_everyone(view: View) -> Iterator[Finding]:
    """R40."""
    for install in view.installs:
        balancer, module = install.settings.load_balancer, install.settings.module
        private = install.settings.access == "private"
        if private and not balancer.source_ranges and not module.ip_allow:
            message = f"{install.title} is private but has no allow list: its load balancer is open to everyone"
            hint = "add load_balancer: {source_ranges: [10.0.0.0/8]}"
            yield Finding(install, install.at("access"), message, hint)
        for index, written in enumerate(balancer.source_ranges):
            if fault := _range_fault(written, private=private):
                place = install.at("load_balancer", "source_ranges", index)
                message = f"source range {written} of {install.title} {fault[0]}"
                yield Finding(install, place, message, fault[1])
        for index, entry in enumerate((private and module.ip_allow) or ()):
            for kind, written in entry.items():
                if re.fullmatch(r"[0.:]+/0+", written):
                    message = (
                        f"ip_allow of {install.title} has {kind}: {written}, which is everyone, though it is private"
                    )
                    yield Finding(install, install.at("module", "ip_allow", index), message, "name the networks")


def broken_address(view: View) -> Iterator[Finding]:
    """R41."""
    first: dict[object, str] = {}
    for install in view.installs:
        written = install.settings.load_balancer.ip
        if written is None:
            continue
        place = install.at("load_balancer", "ip")
        try:
            address = ip_address(written)
        except ValueError:
            message = (
                f"load_balancer.ip of {install.title} is {written}, no IP address: the load balancer stays pending"
            )
            yield Finding(install, place, message, "write an IPv4 or IPv6 address that was reserved beforehand")
            continue
        other = first.setdefault(address, install.name)
        if other != install.name:
            message = (
                f"load_balancer.ip of {install.title} is {written} like that of install {other}: one stays pending"
            )
            yield Finding(install, place, message, "reserve an address for each install")


def idle_replicas(view: View) -> Iterator[Finding]:
    """R42, the warnings."""
    for install in view.installs:
        replicas = install.settings.replicas
        if replicas.autoscaling and "count" in replicas.model_fields_set:
            message = (
                f"replicas.count of {install.title} is ignored: with autoscaling there are {replicas.min} to "
                f"{replicas.max} pods"
            )
            yield Finding(install, install.at("replicas", "count"), message, "take count out, or autoscaling")
        if install.settings.canary:
            message = f"{install.title} has a canary without pods: the chart's canary.replicaCount is 0"
            yield Finding(install, install.at("canary"), message, "take it out; canary: true has no effect by itself")


def autoscaler_gone(view: View) -> Iterator[Finding]:
    """R43, of the official charts; the bundled one has the new autoscaler."""
    kubernetes = view.settings.kubernetes_version
    chart = _chart(view, "ingress")
    if kubernetes is None or chart is None or chart[0] != _OFFICIAL:
        return
    if not (_pair(kubernetes) >= _HPA_GONE and (8, 0) <= chart[1] < _NEW_HPA):
        return
    for install in view.installs:
        if install.settings.replicas.autoscaling:
            version = ".".join(str(part) for part in chart[1])
            message = (
                f"{install.title} autoscales with chart {_OFFICIAL} {version}, whose autoscaler is of version v2beta2: "
                f"Kubernetes {kubernetes} has it no more and refuses the release"
            )
            hint = "use chart 8.6.0 or newer, the bundled one, or autoscaling: false"
            yield Finding(install, install.at("replicas", "autoscaling"), message, hint)


def mixed_charts(view: View) -> Iterator[Finding]:
    """R44. The charts of one Emissary come from one line, and its resources from versions that the CRDs serve."""
    owner = view.installs[0]
    ingress = _chart(view, "ingress")
    line = _LINES.get(ingress[1][0]) if ingress else None
    for role in ("crds", "config"):
        if role == "config" and view.settings.charts.config == "bundled":
            continue  # its resources are v3alpha1, which both 3.x and 4.x read
        other = _chart(view, role)
        others_line = _LINES.get(other[1][0]) if other else None
        if line and others_line and line != others_line:
            message = (
                f"charts.{role} is of Emissary {others_line}.x and charts.ingress of {line}.x: its resources are not "
                "what Emissary reads"
            )
            yield Finding(owner, ("charts", role), message, f"take all charts from Emissary {line}.x")
    official = ingress is not None and ingress[0] == _OFFICIAL
    if official and ingress and view.settings.charts.crds == "bundled" and (8, 0) <= ingress[1] < _NEW_RESOURCES:
        message = (
            f"chart {_OFFICIAL} {'.'.join(map(str, ingress[1]))} makes its Module in version v2, which the bundled "
            "CRDs do not serve: the release is refused"
        )
        hint = "use chart 8.5.0 or newer, or the official CRDs of that version in charts.crds"
        yield Finding(owner, ("charts", "ingress"), message, hint)


def _range_fault(written: str, *, private: bool) -> tuple[str, str] | None:
    try:
        network = ip_network(written, strict=False)
    except ValueError:
        return "is no CIDR range: Kubernetes refuses the Service", "write it as 203.0.113.0/24"
    if not re.search(r"/\d+$", written):  # nor a netmask
        return "has no length: Kubernetes takes only CIDR ranges", f"write {network}"
    if ip_address(written.partition("/")[0]) != network.network_address:
        return "has bits behind its length: it is not the range it looks like", f"write {network}"
    if private and network.prefixlen == 0:
        return "is everyone, though the install is private", "name the networks that may connect"
    return None


def _chart(view: View, role: str) -> tuple[str, tuple[int, int]] | None:
    """Name and major.minor of the chart, as far as the settings tell."""
    source: Source = getattr(view.settings.charts, role)
    match source:
        case RepositoryChart():
            name, version = source.chart, source.version
        case OciChart():
            name, version = source.oci, source.version
        case PathChart():
            packed = re.fullmatch(r"(.+?)-(\d+\.\d+\..+)\.tgz", PurePosixPath(source.path).name)
            if packed is None:
                return None
            name, version = packed[1], packed[2]
        case _:
            name, version = _BUNDLED, BUNDLED_VERSION
    name = PurePosixPath(name).name
    known = name.startswith("emissary-") and re.match(r"v?\d+\.\d+", version)
    return (name, _pair(version)) if known else None


def _pair(version: str) -> tuple[int, int]:
    major, minor = re.findall(r"\d+", version)[:2]
    return int(major), int(minor)
