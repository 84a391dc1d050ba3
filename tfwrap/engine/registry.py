"""Provider registries: does one answer, and fetching a package from it with the engine.

The engine checks signatures and checksums; what it brings is unpacked and nothing more.
"""

from __future__ import annotations

import asyncio
import json
import threading
import urllib.error
import urllib.request
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tfwrap.base.problems import Failure, Problem
from tfwrap.engine import argv
from tfwrap.engine.cli_config import cli_config
from tfwrap.engine.environment import child_environment
from tfwrap.engine.mirror import short_source, this_platform
from tfwrap.engine.protocol import Engine, Invocation
from tfwrap.engine.wording import first_error

_PATIENCE = 3.0  # seconds: who is not there within that is not there


async def why_not(host: str) -> str | None:
    """Why `host` is no registry that answers, in words; None if it is one. Proxies of the environment are used."""
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[str | None] = loop.create_future()

    def tell(reason: str | None) -> None:
        if not answer.done():
            answer.set_result(reason)

    def ask() -> None:
        reason = _discover(host)
        if not loop.is_closed():
            loop.call_soon_threadsafe(tell, reason)

    # A thread of its own that nobody waits for: a name server that is silent cannot be interrupted.
    threading.Thread(target=ask, daemon=True).start()
    try:
        return await asyncio.wait_for(answer, _PATIENCE + 0.5)
    except TimeoutError:
        return "no answer in time"


@dataclass(frozen=True)
class Fetched:
    version: str
    folder: Path


async def fetch(
    source: str,
    limits: str,
    *,
    engine: Engine,
    cache: Path,
    environ: Mapping[str, str],
    work: Path,
    platform: str | None = None,
) -> Fetched:
    """Fetch the newest package within `limits` for this machine, or another platform, into a folder below `work`.

    Failure E415 with the engine's reason.
    """
    config = work / "config"
    config.mkdir()
    wanted = {"source": source, "version": limits} if limits else {"source": source}
    (config / "main.tf.json").write_text(json.dumps({"terraform": [{"required_providers": [{"wanted": wanted}]}]}))
    plain = cli_config(cache, environ, mirror=work, sources=())
    environment, _ = child_environment(environ, pass_env=(), data_dir=work / "data", cli_config=plain, extra={})
    log = cache / "logs" / f"fetch-{source.replace('/', '-')}.log"
    command = argv.providers_mirror(work / "packed", platforms=[platform or this_platform()])
    done = await engine.run(Invocation(command, config, environment, stdout=log, stderr=log))
    archive = next((work / "packed").glob("**/*.zip"), None)
    if done.status != 0 or archive is None:
        reason = first_error(log.read_text(errors="replace")) or f"{engine.name} ended with {done.status}"
        raise Failure(
            Problem(
                "E415",
                f"provider {short_source(source)} {limits} cannot be fetched: {reason}",
                hint=f"the whole story: {log}",
            )
        )
    unpacked = work / "unpacked"
    _unpack(archive, unpacked)
    return Fetched(archive.name.split("_")[1], unpacked)


def _discover(host: str) -> str | None:
    """Terraform's service discovery: a document that names the provider registry's address."""
    try:
        request = urllib.request.Request(f"https://{host}/.well-known/terraform.json", headers={"User-Agent": "tfwrap"})
        with urllib.request.urlopen(request, timeout=_PATIENCE) as response:  # noqa: S310
            services = json.load(response)
    except urllib.error.HTTPError as error:
        error.close()
        return f"answered {error.code}"
    except urllib.error.URLError as error:
        return str(getattr(error.reason, "strerror", None) or error.reason)
    except OSError as error:
        return error.strerror or str(error)
    except ValueError:
        return "answered with something else than a service document"
    known = isinstance(services, dict) and "providers.v1" in services
    return None if known else "has no provider registry"


def _unpack(archive: Path, target: Path) -> None:
    """With the permissions in it; the names in it cannot lead out of `target`."""
    with zipfile.ZipFile(archive) as packed:
        for entry in packed.infolist():
            file = Path(packed.extract(entry, target))
            mode = entry.external_attr >> 16
            if not entry.is_dir() and mode:
                file.chmod(mode & 0o755 | 0o600)
