"""One Atlantis for all tests of a file: a server takes seconds to start."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from kit.atlantis_server import PASSWORD, Atlantis
from kit.project import CHAIN, ECHO, ProjectKit
from parts.atlantis import atlantis

from tfwrap.engine.cache import cache_folder


@pytest.fixture(scope="session")
def atlantis_program() -> Path:
    return atlantis()


@pytest.fixture(scope="module")
def server(atlantis_program: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Atlantis]:
    folder = tmp_path_factory.mktemp("atlantis")
    project = ProjectKit(folder / "project", {"TFWRAP_CACHE": str(cache_folder(os.environ))})
    project.write(
        {
            "tfwrap.toml": "",
            **ECHO,
            "live/dev/env.yaml": CHAIN,
            ".gitignore": ".tfwrap/\nstate/\n*.tfplan\n",
        }
    )
    running = Atlantis(atlantis_program, folder, project, {"APP_PASSWORD": PASSWORD})
    yield running
    running.close()


@pytest.fixture(autouse=True)
def merged_afterwards(server: Atlantis) -> Iterator[None]:
    """A pull request keeps its locks until it is closed: the next test wants the same units."""
    yield
    for pull in server.gitea.pulls.values():
        if pull.open:
            server.finish(pull)
