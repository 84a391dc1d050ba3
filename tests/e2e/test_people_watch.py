"""`validate --watch`: says at once what an edit broke and mended."""

from __future__ import annotations

import signal
from pathlib import Path
from threading import Timer

from kit.project import ECHO, ProjectKit

GOOD = "stack: units\nunits:\n  app: {module: ../../modules/echo, inputs: {text: a}}\n"


def test_every_edit_is_checked_until_ctrl_c(project: ProjectKit) -> None:
    project.write({"live/dev/env.yaml": GOOD})
    running = project.start("validate", "dev", "--watch")
    guard = Timer(60, running.kill)
    guard.start()
    try:
        assert running.stdout
        assert running.stdout.readline() == "dev is valid: 1 unit\n"
        assert "waiting" in running.stdout.readline()
        project.write({"live/dev/env.yaml": GOOD.replace("text: a", "txt: a")})
        assert "waiting" in running.stdout.readline()  # what is wrong went to stderr
        project.write(
            {"live/dev/env.yaml": GOOD.replace("app:", "web: {module: ../../modules/echo, inputs: {text: b}}\n  app:")}
        )
        assert running.stdout.readline() == "dev is valid: 2 units\n"
        assert "waiting" in running.stdout.readline()
        main = Path("modules/echo/main.tf")
        project.write({str(main): ECHO[main.as_posix()].replace('"text"', '"words"').replace("var.text", "var.words")})
        assert "waiting" in running.stdout.readline()  # a module counts as well
        running.send_signal(signal.SIGINT)
        _, said = running.communicate(timeout=30)
    finally:
        guard.cancel()
        running.kill()
    assert running.returncode == 130
    assert "did you mean text?" in said
    assert "Traceback" not in said
    assert said.count("error[E102]") >= 2


def test_it_is_not_for_scripts(project: ProjectKit) -> None:
    project.write({"live/dev/env.yaml": GOOD})
    assert project.run("validate", "dev", "--watch", "--json").status == 64
