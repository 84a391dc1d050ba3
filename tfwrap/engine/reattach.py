"""What tells Terraform where running providers listen: TF_REATTACH_PROVIDERS. For a worker, and for who starts one.

Imports nothing of tfwrap (worker.py loads it) and next to nothing else (launch.py is the first thing a command does).
"""

from __future__ import annotations

import binascii
import json

NAME = "TF_REATTACH_PROVIDERS"


def with_reattach(environment: dict[str, str], sources: dict[str, int], folder: str, pid: int) -> dict[str, str]:
    """`sources` are source -> protocol. As their process the worker's is named, which lives longer than any of them."""
    entries = {
        source: {
            "Protocol": "grpc",
            "ProtocolVersion": protocol,
            "Pid": pid,
            "Test": True,
            "Addr": {"Network": "unix", "String": link(source, folder)},
        }
        for source, protocol in sources.items()
    }
    return {**environment, NAME: json.dumps(entries)} if sources else environment


def link(source: str, folder: str) -> str:
    """Leads to the socket; known before the provider runs, and short, as an address must be."""
    return f"{folder}/{binascii.crc32(source.encode()):08x}"
