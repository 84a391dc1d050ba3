"""Warm workers and states that are not local: they are read warm, and no connection outlives its command."""

from __future__ import annotations

from kit.both_ways import BOTH_WAYS
from kit.project import ProjectKit
from kit.units import prepare, unit
from parts.postgres import postgres

PG = {"backend": {"pg": {"conn_str_env": "TF_PG"}}}
_MANY = 12


@BOTH_WAYS
def test_units_share_a_database_that_takes_few_connections(project: ProjectKit) -> None:
    """Terraform's backend leaves its connections to the end of the process."""
    with postgres(connections=_MANY) as server:
        project.env["TF_PG"] = server.address
        prepare(project, {f"u{i}": unit(text=f"${{u{i - 1}.text}}x" if i % 4 else "x") for i in range(_MANY)}, **PG)
        applied = project.run("apply", "dev", "--yes", "-j2", "--json")
        assert (applied.status, set(applied.results().values())) == (0, {"applied"}), applied.err
        again = project.run("plan", "dev", "-j2", "--json", "--detailed-exitcode")
        assert (again.status, set(again.results().values())) == (0, {"unchanged"}), again.err
        outputs = project.run("output", "dev", "--json").json["units"]
        assert [outputs[name]["text"]["value"] for name in ("u3", "u7", "u11")] == ["xxxx"] * 3
