"""Units of a provider that misbehaves when told to (parts/probe.py), and what it was asked to do."""

from __future__ import annotations

from pathlib import Path

from kit.processes import marked
from kit.project import ProjectKit
from parts.probe import probe_provider

REQUIRES = """\
terraform {
  required_providers {
    probe = {
      source  = "test/probe"
      version = "1.0.0"
    }
  }
}
"""
# The second one comes after the first.
PAIR = {
    "modules/pair/main.tf": REQUIRES
    + """
variable "text" {
  type = string
}

resource "probe_thing" "first" {
  name = "${var.text}-first"
  text = var.text
}

resource "probe_thing" "second" {
  name = "${var.text}-second"
  text = probe_thing.first.text
}

output "text" {
  value = probe_thing.second.text
}
"""
}


class Probe:
    """A project whose mirror holds the provider; `folder` is where its things are and its faults are laid."""

    def __init__(self, project: ProjectKit, folder: Path) -> None:
        self.project = project
        self.folder = folder / "things"
        self.folder.mkdir()
        mirror = folder / "cache" / "mirror"
        mirror.parent.mkdir()
        mirror.symlink_to(probe_provider())
        project.env |= {"TFWRAP_CACHE": str(mirror.parent), "PROBE": str(self.folder), "HOME": str(folder)}

    def prepare(self, env: str) -> None:
        """Settings, files and lock files: ready to run warm."""
        self.project.write({"live/dev/env.yaml": env})
        locked = self.project.run("providers", "lock", "dev")
        assert locked.status == 0, locked.err

    def fault(self, call: str, name: str, kind: str) -> None:
        """The next such call goes wrong, once."""
        (self.folder / f"{call}-{name}.{kind}").touch()

    def calls(self, call: str) -> list[tuple[str, int]]:
        """Names of the things that the call was about, each with the process that was asked."""
        file = self.folder / "calls"
        lines = [line.split() for line in file.read_text().splitlines()] if file.exists() else []
        return [(name, int(pid)) for what, name, pid in lines if what == call]

    def processes(self) -> set[int]:
        """Of the provider, in one more plan of units with two things each, one after another."""
        self.forget_calls()
        planned = self.project.run("plan", "dev", "-j1", "--json")
        assert (planned.status, set(planned.results().values())) == (0, {"changed"}), planned.err
        assert {row["add"] for row in planned.units().values()} == {2}
        return {pid for _, pid in self.calls("plan")}

    def forget_calls(self) -> None:
        (self.folder / "calls").unlink(missing_ok=True)

    def alive(self) -> list[int]:
        """Processes of the provider that belong to this project."""
        found = marked(f"PROBE={self.folder}")
        return [pid for pid, words in found.items() if any("terraform-provider-probe" in word for word in words)]
