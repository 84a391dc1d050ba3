"""A preview from start to end: echo, certificates, configuration, Envoy; then checks, or a wait for a signal."""

from __future__ import annotations

import asyncio
import os
import signal
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tfwrap.base.exits import Exit
from tfwrap.base.problems import Failure, Problem
from tfwrap.cluster.preview.certificates import collect_pairs
from tfwrap.cluster.preview.check import Checked, check_url
from tfwrap.cluster.preview.compile import Compiled, Surroundings, compile_site
from tfwrap.cluster.preview.echo import echo_server
from tfwrap.cluster.preview.envoy import PortTakenError, Running, find_envoy, running_envoy
from tfwrap.cluster.preview.ports import ANY, choose_ports
from tfwrap.cluster.preview.services import Address
from tfwrap.cluster.preview.site import SecretName, Site, SiteListener
from tfwrap.cluster.preview.tls import KeyPair

_LONGEST = 60  # characters: of the 104 that a socket's path may have everywhere, the rest is for what comes after


@dataclass(frozen=True)
class Wishes:
    """What the command line asks for."""

    upstreams: Mapping[str, Address] = field(default_factory=dict)
    secrets: Mapping[SecretName, KeyPair] = field(default_factory=dict)
    checks: Sequence[str] = ()


@dataclass(frozen=True)
class Ready:
    """A preview that runs: where its Listeners are, and what it serves."""

    listeners: Sequence[tuple[SiteListener, Address]]
    compiled: Compiled
    pairs: Mapping[SecretName, KeyPair]
    checked: Sequence[Checked] = ()


async def preview(site: Site, own_module: Mapping[str, Any], wishes: Wishes, show: Callable[[Ready], None]) -> Exit:
    """Run until SIGINT or SIGTERM; with checks until they are done. `show` is called once, when there is all to say."""
    stopped: asyncio.Future[Exit] = asyncio.get_running_loop().create_future()
    with _listening(stopped):
        working = asyncio.ensure_future(_work(site, own_module, wishes, show, stopped))
        done, _ = await asyncio.wait((working, stopped), return_when=asyncio.FIRST_COMPLETED)
        if working not in done:
            working.cancel()
            await asyncio.wait((working,))
            return stopped.result()
        return working.result()


async def _work(
    site: Site,
    own_module: Mapping[str, Any],
    wishes: Wishes,
    show: Callable[[Ready], None],
    stopped: asyncio.Future[Exit],
) -> Exit:
    program = find_envoy(os.environ)
    with tempfile.TemporaryDirectory(prefix="tfwrap-preview-", dir=_scratch()) as temporary:
        async with echo_server() as echo:
            folder = Path(temporary)
            pairs = collect_pairs(site, wishes.secrets, folder)
            around = Surroundings(folder / "admin", echo, wishes.upstreams, pairs, choose_ports(site.listeners))
            async with _served(program, site, own_module, around, folder) as (compiled, envoy):
                found = [(one, envoy.bound[one.name]) for one in site.listeners if one.name in envoy.bound]
                ready = Ready(found, compiled, pairs)
                if not wishes.checks:
                    show(ready)
                    await asyncio.wait((stopped, envoy.ended), return_when=asyncio.FIRST_COMPLETED)
                    if not stopped.done():
                        raise Failure(Problem("E673", "Envoy ended by itself", hint="start the preview again"))
                    return stopped.result()
                checked = await asyncio.to_thread(_check, ready, wishes.checks)
                show(Ready(ready.listeners, compiled, pairs, checked))
                return Exit.OK if all(one.ok for one in checked) else Exit.FAILED


def _scratch() -> str:
    """The user's folder for such things, if a socket's path in it is not too long for the system."""
    usual = tempfile.gettempdir()
    return usual if len(usual) <= _LONGEST else "/tmp"  # noqa: S108 - the folder in it is made for this user only


@asynccontextmanager
async def _served(
    program: Path, site: Site, own_module: Mapping[str, Any], around: Surroundings, folder: Path
) -> AsyncIterator[tuple[Compiled, Running]]:
    """With the Listeners' own ports; if somebody takes one at the last moment, with any."""
    compiled = compile_site(site, own_module, around)
    if not compiled.config["static_resources"]["listeners"]:
        reasons = [f"{one.resource}: {one.reason}" for one in compiled.unsupported if one.resource[:9] == "Listener "]
        message = "there is nothing to preview: no Listener would open a port"
        raise Failure(Problem("E675", message, hint="; ".join(reasons) or "add a Listener"))
    try:
        async with running_envoy(program, compiled.config, folder) as envoy:
            yield compiled, envoy
            return
    except PortTakenError:
        compiled = compile_site(site, own_module, replace(around, ports=dict.fromkeys(around.ports, ANY)))
    async with running_envoy(program, compiled.config, folder) as envoy:
        yield compiled, envoy


def _check(ready: Ready, urls: Sequence[str]) -> list[Checked]:
    ports = {listener.port: address for listener, address in ready.listeners}
    trusted = [pair.certificate for pair in ready.pairs.values()]
    return [check_url(url, ports, trusted) for url in urls]


@contextmanager
def _listening(stopped: asyncio.Future[Exit]) -> Iterator[None]:
    """SIGINT and SIGTERM end the preview instead of the process."""
    loop = asyncio.get_running_loop()

    def stop(status: Exit) -> None:
        if not stopped.done():
            stopped.set_result(status)

    # A closed terminal must not leave an Envoy behind either.
    meanings = {
        signal.SIGINT: Exit.INTERRUPTED,
        signal.SIGTERM: Exit.TERMINATED,
        signal.SIGHUP: Exit.TERMINATED,
    }
    for number, status in meanings.items():
        loop.add_signal_handler(number, stop, status)
    try:
        yield
    finally:
        for number in meanings:
            loop.remove_signal_handler(number)
