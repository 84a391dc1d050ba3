"""`preview`: an Emissary install of ENV on this machine, with a real Envoy and no cluster."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tfwrap.base.problems import Failure, Problem, UsageFailure
from tfwrap.base.suggest import did_you_mean
from tfwrap.cli.load import find
from tfwrap.cli.options import Options, common, environment_argument
from tfwrap.cli.output import say, say_json

if TYPE_CHECKING:
    from tfwrap.cluster.preview.session import Ready, Wishes
    from tfwrap.cluster.preview.site import Site
    from tfwrap.settings.environment import Environment
    from tfwrap.settings.project import Project
    from tfwrap.stacks.emissary.settings import EmissarySettings


@click.command()
@environment_argument
@click.option("--install", "name", metavar="NAME", help="Which install, where ENV has several.")
@click.option("--upstream", "upstreams", multiple=True, metavar="SERVICE=HOST:PORT", help="Answers for a service.")
@click.option("--secret", "secrets", multiple=True, metavar="NS/NAME=CERT,KEY", help="PEM files of a TLS secret.")
@click.option("--check", "checks", multiple=True, metavar="URL", help="Ask for URL, then end: 0 if all answer well.")
@common
def preview(
    options: Options,
    environment: str,
    name: str | None,
    upstreams: tuple[str, ...],
    secrets: tuple[str, ...],
    checks: tuple[str, ...],
) -> int:
    """Serve an Emissary install of ENV on loopback, without a cluster, until Ctrl-C.

    Services are replaced by the addresses given with --upstream, else by an echo that answers with the request it
    got. Certificates are made on the spot unless files are given. What a preview cannot do is listed.
    """
    from tfwrap.cluster.preview.session import preview as run
    from tfwrap.cluster.preview.show import document, text
    from tfwrap.cluster.preview.site import read_site
    from tfwrap.stacks.emissary.local_values import module_config

    found, settings = _settings(find(options), environment)
    chosen = _choose(settings, name)
    site = read_site(settings.installs[chosen])
    wishes = _wishes(found, settings, site, upstreams, secrets, checks)

    def show(ready: Ready) -> None:
        if options.json:
            say_json(document(environment, chosen, ready))
        else:
            say(text(ready))

    return asyncio.run(run(site, module_config(settings.installs[chosen]), wishes, show))


def _settings(project: Project, name: str) -> tuple[Environment, EmissarySettings]:
    """Checked as for a plan; Failure E670 for an environment of another kind."""
    from tfwrap.cli.load import load
    from tfwrap.stacks.emissary.settings import EmissarySettings
    from tfwrap.stacks.registry import load_environment

    stack = load(project, name)
    _, environment = load_environment(project, name)
    if not isinstance(environment.settings, EmissarySettings):
        place = environment.document.location(("stack",))
        message = f"{name} is a {stack.kind} environment: only emissary ones have a preview"
        raise Failure(Problem("E670", message, place))
    return environment, environment.settings


def _choose(settings: EmissarySettings, name: str | None) -> str:
    known = list(settings.installs)
    if name is None and len(known) == 1:
        return known[0]
    if name is None:
        raise UsageFailure(Problem("E674", f"say which install: --install {' or --install '.join(known)}"))
    if name not in settings.installs:
        hint = did_you_mean(name, known) or f"known: {', '.join(known)}"
        raise UsageFailure(Problem("E674", f"--install {name}: there is no such install", hint=hint))
    return name


def _wishes(
    environment: Environment,
    settings: EmissarySettings,
    site: Site,
    upstreams: Iterable[str],
    secrets: Iterable[str],
    checks: tuple[str, ...],
) -> Wishes:
    """What the options say, all that is wrong with them told at once."""
    from tfwrap.cluster.preview import wishes as read
    from tfwrap.cluster.preview.session import Wishes

    problems: list[Problem] = []
    addresses = read.upstreams(upstreams, site, problems)
    pairs = {
        **read.external_secrets(_files(environment, settings), site),
        **read.secrets(secrets, site, problems),
    }
    read.check_urls(checks, problems)
    if problems:
        raise UsageFailure(problems)
    return Wishes(addresses, pairs, checks)


def _files(environment: Environment, settings: EmissarySettings) -> Mapping[tuple[str, str], tuple[Path, Path]]:
    """Certificate and key that env.yaml itself names for its external secrets."""
    files = {}
    for index, one in enumerate(settings.external_secrets):
        if one.certificate and one.key:
            folders = [environment.document.folder(("external_secrets", index, key)) for key in ("certificate", "key")]
            files[one.namespace, one.name] = (folders[0] / one.certificate, folders[1] / one.key)
    return files
