"""What a command leaves open is ended for its peer, and nothing else is."""

from __future__ import annotations

import os
import socket
import tempfile

from tfwrap.engine.connections import connections, hang_up, memory, open_files


def test_connections_that_came_later_are_ended_for_their_peers() -> None:
    kept, its_peer = socket.socketpair()
    lasting = connections()
    left, peer = socket.socketpair()
    with kept, its_peer, left, peer, tempfile.TemporaryFile() as file:
        assert {left.fileno(), peer.fileno()} <= connections() - lasting
        assert file.fileno() not in connections()
        hang_up({left.fileno(), file.fileno(), 10_000})
        assert peer.recv(1) == b""
        assert left.fileno() in connections()  # the number stays taken
        kept.sendall(b"x")
        assert its_peer.recv(1) == b"x"


def test_one_that_listens_or_was_never_connected_is_no_trouble() -> None:
    with socket.socket() as idle, socket.socket() as listening:
        listening.listen()
        hang_up({idle.fileno(), listening.fileno()})


def test_processes_are_counted_with_what_they_hold() -> None:
    own = os.getpid()
    before = open_files([own])
    with tempfile.TemporaryFile(), tempfile.TemporaryFile():
        assert open_files([own]) == before + 2
    assert open_files([own, os.getppid()]) > before
    assert memory([own]) > 10 << 20
    gone = 2**22 + 1  # no process has such a number
    assert (open_files([gone]), memory([gone])) == (0, 0)
