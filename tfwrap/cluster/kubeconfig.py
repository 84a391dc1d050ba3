"""A kubeconfig read as kubectl reads it: which cluster, how to trust it, how to log in. Sends nothing, writes nothing.

Secrets in it (tokens, keys) stay in the object, which does not show them.
"""

from __future__ import annotations

import base64
import binascii
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tfwrap.base.problems import Failure, Location, Problem
from tfwrap.base.suggest import did_you_mean

# As Terraform's helm provider looks: the first that is set. KUBECONFIG is what version 1 and everybody else reads.
_VARIABLES = ("KUBE_CONFIG_PATHS", "KUBE_CONFIG_PATH", "KUBECONFIG")
Part = Mapping[str, Any]


@dataclass(frozen=True)
class LoginHelper:
    """A program that gives a token or a certificate, such as gke-gcloud-auth-plugin."""

    argv: tuple[str, ...]
    environment: Mapping[str, str] = field(repr=False)
    api_version: str
    hint: str | None  # how to install it, as the kubeconfig says


@dataclass(frozen=True)
class Access:
    context: str
    server: str
    file: Path
    ca: str | None = None  # PEM; None: what the machine trusts
    insecure: bool = False
    server_name: str | None = None  # expected in the server's certificate, instead of the server's own name
    proxy: str | None = None
    token: str | None = field(default=None, repr=False)
    certificate: bytes | None = field(default=None, repr=False)  # PEM
    key: bytes | None = field(default=None, repr=False)
    helper: LoginHelper | None = None


def gke_context(project: str, region: str | None, cluster: str) -> str:
    """The context that `gcloud container clusters get-credentials` writes."""
    return f"gke_{project}_{region}_{cluster}"


def read_access(environ: Mapping[str, str], context: str | None = None) -> Access:
    """Of `context`, else KUBE_CTX, else the current one. Failure E646 if there is none or it cannot be used."""
    files = list(_files(environ))
    found = [(path, _read(path)) for path in files if path.is_file()]
    if not found:
        looked = ", ".join(str(path) for path in files)
        raise _unusable(f"there is no kubeconfig: {looked}", None, "set KUBECONFIG, or cluster.kubeconfig in env.yaml")
    current = (data.get("current-context") for _, data in found)
    name = context or environ.get("KUBE_CTX") or next((one for one in current if one), None)
    if not name:
        raise _unusable("the kubeconfig has no current context", found[0][0], "kubectl config use-context NAME")
    chosen = _named(found, "contexts", "context", str(name))
    cluster = _named(found, "clusters", "cluster", str(chosen[1].get("cluster")))
    user = _named(found, "users", "user", str(chosen[1].get("user"))) if chosen[1].get("user") else (chosen[0], {})
    return _access(str(name), cluster, user)


def _files(environ: Mapping[str, str]) -> Iterator[Path]:
    for variable in _VARIABLES:
        if environ.get(variable):
            yield from (Path(one).expanduser() for one in environ[variable].split(os.pathsep) if one)
            return
    yield Path(environ.get("HOME", "~")).expanduser() / ".kube" / "config"


def _read(path: Path) -> Part:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError

    try:
        data = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, MarkedYAMLError) as error:
        # What a YAML error quotes may be a key: only its kind is told.
        said = error.strerror if isinstance(error, OSError) else getattr(error, "problem", None) or "it is not text"
        raise _unusable(f"the kubeconfig cannot be read: {said}", path) from None
    return data if isinstance(data, dict) else {}


def _named(found: list[tuple[Path, Part]], plural: str, kind: str, name: str) -> tuple[Path, Part]:
    """The entry of that name and the file it is in; of two files the first one counts."""
    known: list[str] = []
    for path, data in found:
        for entry in data.get(plural) or ():
            if entry.get("name") == name:
                return path, entry.get(kind) or {}
            known.append(str(entry.get("name")))
    hint = did_you_mean(name, known) or f"known: {', '.join(known) or 'none'}"
    raise _unusable(f"the kubeconfig has no {kind} {name}", found[0][0], hint)


def _access(name: str, cluster: tuple[Path, Part], user: tuple[Path, Part]) -> Access:
    path, facts = cluster
    login = user[1]
    if not facts.get("server"):
        raise _unusable(f"the cluster of context {name} has no server", path)
    if "auth-provider" in login:
        hint = "write the credentials anew, say by gcloud container clusters get-credentials"
        raise _unusable(f"context {name} logs in by an auth-provider, which Kubernetes gave up in 1.26", user[0], hint)
    ca = _content(cluster, "certificate-authority")
    token_file = login.get("tokenFile")
    token = login.get("token") or (_beside(user[0], token_file).read_text().strip() if token_file else None)
    return Access(
        context=name,
        server=str(facts["server"]).rstrip("/"),
        file=path,
        ca=ca.decode() if ca else None,
        insecure=bool(facts.get("insecure-skip-tls-verify")),
        server_name=facts.get("tls-server-name"),
        proxy=facts.get("proxy-url"),
        token=token,
        certificate=_content(user, "client-certificate"),
        key=_content(user, "client-key"),
        helper=_helper(login["exec"], user[0]) if login.get("exec") else None,
    )


def _helper(entry: Part, file: Path) -> LoginHelper:
    command = str(entry.get("command"))
    if "/" in command:
        command = str(_beside(file, command))
    variables = {str(one["name"]): str(one["value"]) for one in entry.get("env") or ()}
    argv = (command, *(str(one) for one in entry.get("args") or ()))
    return LoginHelper(argv, variables, str(entry.get("apiVersion")), entry.get("installHint"))


def _content(part: tuple[Path, Part], key: str) -> bytes | None:
    """Data that stands there itself (base64), or in a file named relative to the kubeconfig."""
    path, facts = part
    try:
        if facts.get(f"{key}-data"):
            return base64.b64decode(facts[f"{key}-data"], validate=True)
        return _beside(path, facts[key]).read_bytes() if facts.get(key) else None
    except (OSError, binascii.Error) as error:
        said = error.strerror if isinstance(error, OSError) else "it is not base64"
        raise _unusable(f"{key} of the kubeconfig cannot be read: {said}", path) from None


def _beside(file: Path, name: str) -> Path:
    return file.parent / Path(name).expanduser()


def _unusable(message: str, file: Path | None, hint: str | None = None) -> Failure:
    return Failure(Problem("E646", message, Location(file, 1, 1) if file else None, hint))
