"""What Terraform leaves open when a command has ended: as a program it would end with it.

A backend may keep its connections to a database, and with them a lock, until the process ends. Loaded by worker.py
under `python -I -S`: imports nothing of tfwrap.
"""

from __future__ import annotations

import os
import socket

_OWN = "/proc/self/fd"


def connections() -> set[int]:
    """The sockets of the own process."""
    found = set()
    for name in os.listdir(_OWN):  # noqa: PTH208 (pathlib takes long to load)
        try:
            if os.readlink(f"{_OWN}/{name}").startswith("socket:"):  # noqa: PTH115
                found.add(int(name))
        except OSError:  # closed meanwhile
            continue
    return found


def hang_up(numbers: set[int]) -> None:
    """End connections as their peers would. The numbers stay taken: whoever opened them believes to have them."""
    for number in numbers:
        try:
            with socket.socket(fileno=os.dup(number)) as one:
                one.shutdown(socket.SHUT_RDWR)
        except OSError:  # closed meanwhile, or never connected
            continue


def open_files(processes: list[int]) -> int:
    """How many files and connections processes hold; those that are gone hold none."""
    count = 0
    for process in processes:
        try:
            count += len(os.listdir(f"/proc/{process}/fd"))  # noqa: PTH208
        except OSError:
            continue
    return count


def memory(processes: list[int]) -> int:
    """Their resident bytes."""
    size = os.sysconf("SC_PAGESIZE")
    count = 0
    for process in processes:
        try:
            with open(f"/proc/{process}/statm", "rb") as file:  # noqa: PTH123
                count += int(file.read().split()[1]) * size
        except OSError:
            continue
    return count
