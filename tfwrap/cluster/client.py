"""A small Kubernetes client: plain HTTPS with what a kubeconfig says. It asks; it never changes anything.

The one POST asks as well: a SelfSubjectAccessReview stores nothing.
"""

from __future__ import annotations

import http.client
import json
import os
import ssl
import tempfile
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from tfwrap.base.problems import Failure, Problem
from tfwrap.cluster.kubeconfig import Access
from tfwrap.engine.tool import ask

_PATIENCE = 15.0  # seconds for one answer
_LOGIN_PATIENCE = 60.0  # a login helper may ask a server of its own
_UNAUTHORIZED, _NOT_FOUND = 401, 404


class Refused(Exception):
    """The API server answered, but not with what was asked for."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


class Client:
    def __init__(self, access: Access, environ: Mapping[str, str]) -> None:
        self.access = access
        self._environ = environ

    def find(self, path: str, **query: str) -> dict[str, Any] | None:
        """The object or list at `path`; None if there is none."""
        try:
            return self.get(path, **query)
        except Refused as refused:
            if refused.status == _NOT_FOUND:
                return None
            raise

    def get(self, path: str, **query: str) -> dict[str, Any]:
        """Refused if the answer is no; Failure E647 if there is no answer at all."""
        return self._send(path + (f"?{urllib.parse.urlencode(query)}" if query else ""), None)

    def may(self, verb: str, resource: str, namespace: str | None = None) -> bool:
        """Whether the user is allowed to; `resource` is `deployments.apps`, of all namespaces if none is given."""
        name, _, group = resource.partition(".")
        attributes = {"verb": verb, "resource": name, "group": group, "namespace": namespace or ""}
        review = {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SelfSubjectAccessReview",
            "spec": {"resourceAttributes": attributes},
        }
        answer = self._send("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", review)
        return bool(answer.get("status", {}).get("allowed"))

    def _send(self, path: str, body: Mapping[str, Any] | None) -> dict[str, Any]:
        headers = {"Accept": "application/json", "Content-Type": "application/json", **self._authorization}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.access.server}{path}", data, headers)  # noqa: S310 (from a kubeconfig)
        try:
            with self._opener.open(request, timeout=_PATIENCE) as response:
                answer: dict[str, Any] = json.loads(response.read())
        except urllib.error.HTTPError as error:
            with error:
                raise _refused(error) from None
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise self._unreachable(error) from None
        return answer

    @cached_property
    def _opener(self) -> urllib.request.OpenerDirector:
        handlers: list[urllib.request.BaseHandler] = [urllib.request.HTTPSHandler(context=self._context())]
        if self.access.proxy:
            handlers.append(urllib.request.ProxyHandler({"http": self.access.proxy, "https": self.access.proxy}))
        return urllib.request.build_opener(*handlers)

    def _context(self) -> ssl.SSLContext:
        access = self.access
        context = _Context(ssl.PROTOCOL_TLS_CLIENT)
        context.expected_name = access.server_name
        if access.insecure:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        elif access.ca:
            context.load_verify_locations(cadata=access.ca)
        else:
            context.load_default_certs()
        certificate, key = self._login[1:]
        if certificate and key:
            # The standard library takes a client's key from a file only; mkstemp makes it the owner's alone.
            with tempfile.TemporaryDirectory(prefix="tfwrap-") as folder:
                file = Path(folder) / "client.pem"
                file.touch(0o600)
                file.write_bytes(certificate + b"\n" + key)
                context.load_cert_chain(file)
        return context

    @property
    def _authorization(self) -> dict[str, str]:
        token = self._login[0]
        return {"Authorization": f"Bearer {token}"} if token else {}

    @cached_property
    def _login(self) -> tuple[str | None, bytes | None, bytes | None]:
        """Token, certificate, key."""
        helper = self.access.helper
        if helper is None:
            return self.access.token, self.access.certificate, self.access.key
        info = {"apiVersion": helper.api_version, "kind": "ExecCredential", "spec": {"interactive": False}}
        environment = {**self._environ, **helper.environment, "KUBERNETES_EXEC_INFO": json.dumps(info)}
        said = ask(helper.argv, Path(os.sep), environment, timeout=_LOGIN_PATIENCE)
        try:
            status = json.loads(said.out)["status"] if said.status == 0 else {}
        except (ValueError, KeyError, TypeError):
            status = {}
        token, certificate, key = (status.get(name) for name in ("token", "clientCertificateData", "clientKeyData"))
        if not (token or (certificate and key)):
            reason = (said.err.strip().splitlines() or ["it gives no credentials"])[-1]
            message = f"context {self.access.context}: the login helper {helper.argv[0]} failed: {reason}"
            raise Failure(Problem("E646", message, hint=helper.hint))
        return token, certificate and certificate.encode(), key and key.encode()

    def _unreachable(self, error: Exception) -> Failure:
        reason = getattr(error, "reason", error)
        words = reason.strerror if isinstance(reason, OSError) and reason.strerror else str(reason)
        if isinstance(reason, ssl.SSLCertVerificationError):
            words = f"its certificate is not trusted: {reason.verify_message}"
            hint = "the kubeconfig is of another cluster, or out of date: fetch the credentials again"
        else:
            hint = "start the cluster or the VPN, or choose another context: cluster.context in env.yaml"
        message = f"{self.access.server} (context {self.access.context}) cannot be reached: {words}"
        return Failure(Problem("E647", message, hint=hint))


class _Context(ssl.SSLContext):
    """Expects the name that the kubeconfig's `tls-server-name` says."""

    expected_name: str | None = None

    def wrap_socket(self, *arguments: Any, **options: Any) -> ssl.SSLSocket:
        if self.expected_name:
            options["server_hostname"] = self.expected_name
        return super().wrap_socket(*arguments, **options)


def _refused(error: urllib.error.HTTPError) -> Refused:
    try:
        message = str(json.loads(error.read()).get("message") or error.reason)
    except (ValueError, AttributeError, OSError):
        message = str(error.reason)
    if error.code == _UNAUTHORIZED:
        message = "the credentials of the kubeconfig are not accepted"
    return Refused(error.code, message)
