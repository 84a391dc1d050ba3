"""As much of Gitea's API as Atlantis asks for, on loopback; it remembers comments and commit statuses."""

from __future__ import annotations

import json
import re
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

REPOSITORY = "acme/infra"
HOST = "gitea.test"
CLONE_URL = f"http://{HOST}/{REPOSITORY}.git"


@dataclass
class Pull:
    number: int
    branch: str
    sha: str
    base_sha: str
    files: list[str]
    open: bool = True
    title: str = "a change"
    comments: list[str] = field(default_factory=list)
    statuses: list[tuple[str, str, str]] = field(default_factory=list)  # context, state, description

    def json(self) -> dict[str, Any]:
        repository = {"full_name": REPOSITORY, "clone_url": CLONE_URL, "owner": {"login": "acme"}, "name": "infra"}
        return {
            "number": self.number,
            "html_url": f"http://{HOST}/{REPOSITORY}/pulls/{self.number}",
            "state": "open" if self.open else "closed",
            "mergeable": True,
            "merged": not self.open,
            "title": self.title,
            "body": "",
            "user": {"login": "alice"},
            "base": {"ref": "main", "sha": self.base_sha, "repo": repository},
            "head": {"ref": self.branch, "sha": self.sha, "repo": repository},
        }

    def status(self, context: str) -> tuple[str, str] | None:
        """The last state and description of a status."""
        found = [(state, words) for name, state, words in self.statuses if name == context]
        return found[-1] if found else None


class FakeGitea:
    """`pulls` by number. Everything is read and written under one lock, and `changed` tells of news."""

    def __init__(self) -> None:
        self.pulls: dict[int, Pull] = {}
        self.changed = threading.Condition()
        self.unknown: list[str] = []
        fake = self

        class Handler(_Handler):
            gitea = fake

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def wait(self, pull: Pull, context: str, seen: int, timeout: float = 120) -> str:
        """The end state of `context`, posted after `seen` statuses were there."""
        deadline = time.monotonic() + timeout
        with self.changed:
            while True:
                for name, state, _ in pull.statuses[seen:]:
                    if name == context and state != "pending":
                        return state
                if not self.changed.wait(max(deadline - time.monotonic(), 0.01)) and time.monotonic() > deadline:
                    raise TimeoutError(f"no end of {context}: {pull.statuses[seen:]} {self.unknown}")

    def get(self, path: str) -> Any:
        if path == "/version":
            return {"version": "1.22.0"}
        if path == f"/repos/{REPOSITORY}":
            return {"full_name": REPOSITORY, "clone_url": CLONE_URL, "default_branch": "main"}
        match = re.fullmatch(rf"/repos/{REPOSITORY}/pulls/(\d+)(/files|/reviews)?", path)
        if match and int(match[1]) in self.pulls:
            pull = self.pulls[int(match[1])]
            if match[2] == "/files":
                return [{"filename": name} for name in pull.files]
            if match[2] == "/reviews":
                return [{"id": 1, "state": "APPROVED", "user": {"login": "bob"}}]
            return pull.json()
        return None

    def post(self, path: str, body: dict[str, Any]) -> Any:
        comment = re.fullmatch(rf"/repos/{REPOSITORY}/issues/(\d+)/comments", path)
        status = re.fullmatch(rf"/repos/{REPOSITORY}/statuses/(\w+)", path)
        with self.changed:
            self.changed.notify_all()
            if comment:
                pull = self.pulls[int(comment[1])]
                pull.comments.append(body["body"])
                return {"id": len(pull.comments), "body": body["body"]}
            if status:
                for pull in self.pulls.values():
                    if pull.sha == status[1]:
                        pull.statuses.append((body["context"], body["state"], body.get("description", "")))
                return {"id": 1, "status": body["state"], "context": body["context"]}
        return None


class _Handler(BaseHTTPRequestHandler):
    gitea: FakeGitea
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._answer(200, self.gitea.get(self._path))

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        self._answer(201, self.gitea.post(self._path, json.loads(self.rfile.read(length) or b"{}")))

    @property
    def _path(self) -> str:
        return self.path.removeprefix("/api/v1").partition("?")[0]

    def _answer(self, status: int, found: Any) -> None:
        if found is None:
            self.gitea.unknown.append(f"{self.command} {self.path}")
        data = json.dumps(found if found is not None else {"message": "not found"}).encode()
        self.send_response(status if found is not None else 404)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        pass
