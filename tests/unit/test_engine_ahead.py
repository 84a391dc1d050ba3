"""Workers started before settings are read: only as the last run had them, and only while nothing has changed."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from engine_fakes import SOURCE, program, provider

from tfwrap.engine import ahead, early
from tfwrap.engine.cache import Memo
from tfwrap.engine.environment import child_environment
from tfwrap.engine.lane import flavor_of
from tfwrap.engine.pool import Pool
from tfwrap.engine.protocol import Invocation

LOCK = f'provider "{SOURCE}" {{\n  version = "1.0.0"\n  hashes = [\n    "h1:abc=",\n  ]\n}}\n'
USER = {"PATH": os.environ["PATH"], "TF_VAR_x": "dropped", "PGPASS": "hush-hush"}


class Last:
    """A run that has been, and what is remembered of it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.provider = provider(root / "bin")
        self.locks = root / "live"
        self.lock = self.locks / "a" / ".terraform.lock.hcl"
        self.lock.parent.mkdir(parents=True)
        self.lock.write_text(LOCK)
        self.command = (str(program(root / "bin")),)
        environment, _ = child_environment(
            USER, pass_env=(), data_dir=root, cli_config=None, extra={"PLAIN": "plain", "PG_CONN_STR": USER["PGPASS"]}
        )
        warm = ((SOURCE, str(self.provider)),)
        words = ("plan", "ask")
        self.invocation = Invocation(words, self.lock.parent, environment, root / "out", root / "err", 30, warm)
        self.pool = Pool(Memo(root / "protocols.json"), program=self.command)
        assert asyncio.run(self.pool.run(self.invocation, None, 1.0))
        ahead.remember(root, "dev", USER, self.pool.lanes, self.locks)
        self.pool.close()

    @property
    def file(self) -> Path:
        return Path(early.file_of(str(self.root), "dev", USER))


@pytest.fixture
def last(tmp_path: Path) -> Iterator[Last]:
    yield Last(tmp_path)
    ahead.take(None, ())


def test_a_worker_that_was_started_ahead_is_the_one_that_is_used(last: Last) -> None:
    early.start(str(last.root), "dev", USER)
    lanes = ahead.take(None, last.command)
    assert [lane.flavor for lane in lanes] == [flavor_of(last.invocation)]
    pool = Pool(Memo(last.root / "protocols.json"), program=last.command)
    pool.adopt(lanes)
    done = asyncio.run(pool.run(last.invocation, None, 1.0))
    assert done is not None
    assert done.status == 0
    assert [lane.pid for lane in pool.lanes] == [lanes[0].pid]
    pool.close()


def test_secrets_are_remembered_by_name(last: Last) -> None:
    text = last.file.read_text()
    assert last.file.stat().st_mode & 0o777 == 0o600
    assert "hush-hush" not in text
    said = json.loads(text)
    assert said["borrowed"] == {"PG_CONN_STR": "PGPASS"}
    assert said["added"] == {"CHECKPOINT_DISABLE": "1", "PLAIN": "plain", "TF_INPUT": "0", "TF_IN_AUTOMATION": "1"}
    assert said["inherited"] == ["PATH", "PGPASS"]


def test_workers_of_another_engine_are_ended(last: Last) -> None:
    early.start(str(last.root), "dev", USER)
    assert ahead.take(None, ("another",)) == []
    assert ahead.take(None, last.command) == []


@pytest.mark.parametrize("change", ["binary", "lock", "no lock", "choice", "rubbish", "another environment", "unset"])
def test_a_change_since_then_starts_nothing(last: Last, change: str) -> None:
    environ, name = dict(USER), "dev"
    match change:
        case "binary":
            last.provider.write_text(last.provider.read_text() + "# changed\n")
        case "lock":
            last.lock.write_text(LOCK.replace("abc", "xyz"))
        case "no lock":
            last.lock.unlink()
        case "choice":
            environ["TFWRAP_ENGINE"] = "tofu"
        case "rubbish":
            last.file.write_text("[]")
        case "another environment":
            name = "prod"
        case "unset":
            del environ["PGPASS"]
    early.start(str(last.root), name, environ)
    assert ahead.take(None, last.command) == []


def test_without_a_lock_file_nothing_is_remembered(last: Last) -> None:
    last.file.unlink()
    last.lock.unlink()
    assert asyncio.run(last.pool.run(last.invocation, None, 1.0))
    ahead.remember(last.root, "dev", USER, last.pool.lanes, last.locks)
    last.pool.close()
    assert not last.file.exists()


def test_a_cold_run_is_remembered_too(last: Last) -> None:
    ahead.remember(last.root, "dev", USER, (), last.locks)
    early.start(str(last.root), "dev", USER)
    assert ahead.take(None, last.command) == []
