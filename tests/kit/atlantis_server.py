"""A real Atlantis beside a fake Gitea and a bare repository: pull requests opened, commented on, and answered."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kit.fake_gitea import CLONE_URL, HOST, REPOSITORY, FakeGitea, Pull
from kit.project import ProjectKit
from parts.terraform import terraform

_BUSY = 'is currently locked by "'
_SECRET = "atlantis-api-secret"  # of this test's own server
PASSWORD = "correct-horse-battery-staple"  # a secret of the server's environment, where a test gives it one


class Atlantis:
    """`workplace` is where a developer commits; `data` is the server's."""

    def __init__(self, program: Path, folder: Path, project: ProjectKit, environment: Mapping[str, str]) -> None:
        self.gitea = FakeGitea()
        self.workplace = project
        self.data = folder / "data"
        self._bare = folder / "bare" / f"{REPOSITORY}.git"
        self._log = folder / "server.log"
        self._port = _free_port()
        self._publish()
        config = project.run("atlantis", "server-config", "--repo", f"{HOST}/{REPOSITORY}")
        assert config.status == 0, config.err
        (folder / "repos.yaml").write_text(config.out)
        programs = folder / "bin"
        programs.mkdir()
        for name, target in (("terraform", terraform(folder)), ("tfwrap", Path(sys.executable).parent / "tfwrap")):
            (programs / name).symlink_to(target)
        self._process = self._start(program, folder, programs, environment)
        self._wait_until_healthy()

    def open(self, change: Mapping[str, str], *, branch: str | None = None, remove: tuple[str, ...] = ()) -> Pull:
        """A pull request with `change` and what generating makes of it; returns when it is planned."""
        number = len(self.gitea.pulls) + 1
        branch = branch or f"change-{number}"
        self._git("checkout", "-q", "-B", branch, "main")
        pull = Pull(number, branch, *self._commit(change, remove), [])
        pull.files = self._files()
        with self.gitea.changed:
            self.gitea.pulls[number] = pull
        self._event("pull_request", "pull_request", {"action": "opened", "number": number, "pull_request": pull.json()})
        self.gitea.wait(pull, "atlantis/plan", 0)
        self._answer(pull, 0)
        return pull

    def push(self, pull: Pull, change: Mapping[str, str]) -> None:
        """A further commit; returns when it is planned."""
        self._git("checkout", "-q", pull.branch)
        sha, _ = self._commit(change, ())
        with self.gitea.changed:
            pull.sha, pull.files = sha, self._files()
            seen, comments = len(pull.statuses), len(pull.comments)
        body = {"action": "synchronized", "number": pull.number, "pull_request": pull.json()}
        self._event("pull_request", "pull_request_sync", body)
        self.gitea.wait(pull, "atlantis/plan", seen)
        self._answer(pull, comments)

    def comment(self, pull: Pull, text: str, context: str) -> str:
        """Comment, and the answer's text when `context` has come to its end."""
        while True:
            seen, comments = len(pull.statuses), len(pull.comments)
            self._say(pull, text)
            answer = self._answer(pull, comments)
            if _BUSY not in answer:
                self.gitea.wait(pull, context, seen)
                return answer
            time.sleep(0.3)  # what was said before is being wound up

    def ask(self, pull: Pull, text: str) -> str:
        """Comment something that is answered without a status."""
        while True:
            comments = len(pull.comments)
            self._say(pull, text)
            answer = self._answer(pull, comments)
            if _BUSY not in answer:
                return answer
            time.sleep(0.3)

    def finish(self, pull: Pull) -> None:
        """Merged: its locks and its clone are gone. The main branch stays as it was, for the next test."""
        pull.open = False
        body = {"action": "closed", "number": pull.number, "pull_request": pull.json()}
        self._event("pull_request", "pull_request", body)

    def _answer(self, pull: Pull, comments: int) -> str:
        with self.gitea.changed:
            assert self.gitea.changed.wait_for(lambda: len(pull.comments) > comments, 120), self.log()
        return "\n".join(pull.comments[comments:])

    def plan_by_api(self, branch: str, project: str) -> tuple[int, Any]:
        body = {"Repository": REPOSITORY, "Ref": branch, "Type": "Gitea", "Projects": [project]}
        request = self._request("/api/plan", body, {"X-Atlantis-Token": _SECRET})
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:  # noqa: S310 - our own server
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read())

    def clone(self, pull: Pull) -> Path:
        return self.data / "repos" / REPOSITORY / str(pull.number) / "default"

    def log(self) -> str:
        return self._log.read_text(errors="replace")

    def close(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self.gitea.close()

    def _say(self, pull: Pull, text: str) -> None:
        repository = {"full_name": REPOSITORY, "clone_url": CLONE_URL}
        body = {
            "action": "created",
            "comment": {"id": 1, "body": text, "user": {"login": "alice"}},
            "repository": repository,
            "issue": {"number": pull.number},
        }
        self._event("issue_comment", "pull_request_comment", body)

    def _publish(self) -> None:
        self._git("init", "-q", "-b", "main")
        for key, value in (("user.name", "A"), ("user.email", "a@example.com"), ("commit.gpgsign", "false")):
            self._git("config", key, value)
        self._generate()
        self._git("add", "-A")
        self._git("commit", "-q", "-m", "start")
        self._bare.parent.mkdir(parents=True)
        self._git("clone", "-q", "--bare", ".", str(self._bare))

    def _commit(self, change: Mapping[str, str], remove: tuple[str, ...]) -> tuple[str, str]:
        self.workplace.write(change)
        for name in remove:
            (self.workplace.root / name).unlink()
        self._generate()
        self._git("add", "-A")
        self._git("commit", "-q", "--allow-empty", "-m", "change")
        self._git("push", "-q", "-f", str(self._bare), "HEAD")
        return self._git("rev-parse", "HEAD"), self._git("rev-parse", "main")

    def _generate(self) -> None:
        for arguments in (("generate", "dev"), ("atlantis", "generate")):
            done = self.workplace.run(*arguments)
            assert done.status == 0, done.err

    def _files(self) -> list[str]:
        return self._git("diff", "--name-only", "main").split()

    def _git(self, *arguments: str) -> str:
        command = ["git", "-c", "core.quotepath=off", *arguments]
        return subprocess.run(
            command, cwd=self.workplace.root, check=True, capture_output=True, text=True
        ).stdout.strip()

    def _start(self, program: Path, folder: Path, programs: Path, extra: Mapping[str, str]) -> subprocess.Popen[bytes]:
        token = "gitea-token-of-the-server"
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("TF_", "ATLANTIS_"))},
            **self.workplace.environment(),
            "HOME": str(folder),
            "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
            "CHECKPOINT_DISABLE": "1",
            "ATLANTIS_GITEA_TOKEN": token,
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": f"url.file://{self._bare}.insteadOf",
            "GIT_CONFIG_VALUE_0": f"http://atlantis:{token}@{HOST}/{REPOSITORY}.git",
            **extra,
        }
        arguments = {
            "port": str(self._port),
            "atlantis-url": f"http://127.0.0.1:{self._port}",
            "data-dir": str(self.data),
            "gitea-base-url": self.gitea.url,
            "gitea-user": "atlantis",
            "repo-allowlist": f"{HOST}/{REPOSITORY}",
            "repo-config": str(folder / "repos.yaml"),
            "tf-download": "false",
            "use-tf-plugin-cache": "false",
            "fail-on-pre-workflow-hook-error": "true",
            "enable-regexp-cmd": "true",
            "parallel-pool-size": "2",
            "api-secret": _SECRET,
            "log-level": "debug",
        }
        with self._log.open("wb") as log:
            return subprocess.Popen(
                [program, "server", *(f"--{name}={value}" for name, value in arguments.items())],
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def _wait_until_healthy(self) -> None:
        deadline = time.monotonic() + 60
        while True:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self._port}/healthz", timeout=5):
                    return
            except OSError as error:
                if time.monotonic() > deadline or self._process.poll() is not None:
                    raise RuntimeError(self.log()[-3000:]) from error
            time.sleep(0.2)

    def _event(self, kind: str, exact: str, body: Mapping[str, Any]) -> None:
        headers = {"X-Gitea-Event": kind, "X-Gitea-Event-Type": exact}
        with urllib.request.urlopen(self._request("/events", body, headers), timeout=30) as answer:  # noqa: S310
            assert answer.status in (200, 202)

    def _request(self, path: str, body: Mapping[str, Any], headers: Mapping[str, str]) -> urllib.request.Request:
        url = f"http://127.0.0.1:{self._port}{path}"
        all_headers = {"Content-Type": "application/json", **headers}
        return urllib.request.Request(url, json.dumps(body).encode(), all_headers, method="POST")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
