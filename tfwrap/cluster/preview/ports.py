"""Which port of loopback each Listener gets: its own if nobody has it, else any that is free."""

from __future__ import annotations

import socket
from collections.abc import Iterable

from tfwrap.cluster.preview.site import SiteListener

_LOOPBACK = "127.0.0.1"
ANY = 0


def choose_ports(listeners: Iterable[SiteListener]) -> dict[str, int]:
    taken: set[int] = set()
    chosen: dict[str, int] = {}
    for one in listeners:
        chosen[one.name] = one.port if one.port not in taken and _is_free(one.port) else ANY
        taken.add(one.port)
    return chosen


def _is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as trial:
        # A connection that was closed a moment ago does not count, as for Envoy itself.
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((_LOOPBACK, port))
            trial.listen(1)
        except OSError:  # taken, or not for the likes of us
            return False
    return True
