"""When the world is broken: a clear error, the right exit status, nothing lost (semantics.md; issue 4)."""

from __future__ import annotations

import json
import resource
import shutil
import signal
import socket
import subprocess

from kit.project import Outcome, ProjectKit
from kit.units import prepare, resources, unit
from kit.waiting import wait_for
from parts.terraform import terraform

ONE = {"a": unit(text="a")}


def test_a_state_locked_by_somebody_else_names_them(project: ProjectKit) -> None:
    """By a person who works with plain terraform in the generated folder."""
    trace = project.root / "trace"
    prepare(project, {"a": unit("work", text="a", inputs={"seconds": 60, "trace": str(trace)})})
    project.write({"tfwrap.toml": 'lock_timeout = "1s"\nengine = "terraform"\n'})
    assert project.run("generate", "dev").status == 0
    program = [str(terraform(project.root.parent))]
    folder = project.root / "live/dev/a"
    environ = {**project.environment(), "TF_DATA_DIR": str(project.root.parent / "data")}
    subprocess.run([*program, "init", "-input=false"], cwd=folder, env=environ, check=True, capture_output=True)
    with subprocess.Popen(
        [*program, "apply", "-auto-approve"], cwd=folder, env=environ, stdout=subprocess.DEVNULL
    ) as person:
        wait_for(trace.exists)
        outcome = project.run("plan", "dev", "--json")
        assert (outcome.status, outcome.results(), outcome.codes()) == (1, {"a": "failed"}, ["E504"])
        lock = json.loads((project.root / "state/dev/.a.tfstate.lock.info").read_text())
        assert lock["Who"] in outcome.units()["a"]["reason"]
        assert f"tfwrap unlock dev a {lock['ID']}" in outcome.json["problems"][0]["hint"]
        held = project.run("unlock", "dev", "a", lock["ID"], "--json")
        assert (held.status, held.codes()) == (1, ["E505"])
        person.send_signal(signal.SIGINT)
        assert person.wait(60) == 1


def test_a_corrupted_state_is_left_alone(project: ProjectKit) -> None:
    prepare(project, {**ONE, "aside": unit(text="x")})
    assert project.run("apply", "dev", "--yes").status == 0
    state = project.root / "state/dev/a.tfstate"
    state.write_text(broken := state.read_text()[:100])
    for command in (["plan", "dev"], ["apply", "dev", "--yes"], ["destroy", "dev", "--yes"]):
        outcome = project.run(*command, "--json")
        assert (outcome.status, outcome.codes(), outcome.results()["a"]) == (1, ["E510"], "failed")
    assert state.read_text() == broken
    assert resources(project, "aside") == 1


def test_a_plan_file_of_another_version_is_refused(project: ProjectKit) -> None:
    prepare(project, ONE)
    assert project.run("plan", "dev").status == 0
    other = str(terraform(project.root.parent)) if project.env["TFWRAP_ENGINE"] == "embedded" else "embedded"
    project.env["TFWRAP_ENGINE"] = other
    outcome = project.run("apply", "dev", "--plan", ".tfwrap/plans/dev", "--yes", "--json")
    assert (outcome.status, outcome.codes(), resources(project, "a")) == (5, ["E528"], 0)


def _with_small_files(project: ProjectKit, size: int, *arguments: str) -> Outcome:
    """As on a full disk: no file can grow beyond `size` bytes."""
    done = subprocess.run(
        project.command(*arguments),
        cwd=project.root,
        env=project.environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size)),
    )
    return Outcome(done.returncode, done.stdout, done.stderr)


def test_a_full_disk_is_said_and_loses_nothing(project: ProjectKit) -> None:
    prepare(project, {"a": unit(text="a"), "b": unit(text="${a.text}")})
    assert project.run("apply", "dev", "--yes").status == 0
    before = project.state("a")
    prepare(project, {"a": unit(text="a2"), "b": unit(text="${a.text}")})
    assert project.run("generate", "dev").status == 0
    planned = _with_small_files(project, 700, "plan", "dev", "--json")
    assert planned.status == 1
    assert "Traceback" not in planned.err
    assert project.state("a") == before
    assert project.run("apply", "dev", "--yes").status == 0
    assert project.state("b")["outputs"]["text"]["value"] == "a2"


def test_a_folder_that_cannot_be_written_is_said(project: ProjectKit) -> None:
    prepare(project, ONE)
    assert project.run("apply", "dev", "--yes").status == 0
    prepare(project, {"a": unit(text="b")})
    before = project.state("a")
    shutil.rmtree(project.root / ".tfwrap/plans")
    (project.root / ".tfwrap/plans").touch()
    outcome = project.run("apply", "dev", "--yes", "--json")
    assert (outcome.status, outcome.codes()) == (1, ["E506"])
    (project.root / ".tfwrap/plans").unlink()
    shutil.rmtree(project.root / ".tfwrap/work/dev/a")
    (project.root / ".tfwrap/work/dev/a").touch()
    outcome = project.run("plan", "dev", "--json")
    assert (outcome.status, outcome.codes(), outcome.results()) == (1, ["E506"], {"a": "failed"})
    assert project.state("a") == before


def test_a_backend_that_does_not_answer_is_given_up(project: ProjectKit) -> None:
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen()
        project.env["TF_PG"] = f"host=127.0.0.1 port={deaf.getsockname()[1]} user=x password=hunter22 sslmode=disable"
        prepare(project, {"a": unit(text="a", timeout="3s")}, backend={"pg": {"conn_str_env": "TF_PG"}})
        outcome = project.run("plan", "dev", "--json")
    assert (outcome.status, outcome.codes(), outcome.results()) == (1, ["E512"], {"a": "failed"})
    assert "did not answer within 3 s" in outcome.units()["a"]["reason"]
    assert "hunter22" not in outcome.out + outcome.err


def test_a_missing_value_of_the_environment_is_said_first(project: ProjectKit) -> None:
    prepare(project, {"a": unit(text="${env:TFWRAP_TEST_MISSING}")})
    outcome = project.run("plan", "dev", "--json")
    assert (outcome.status, outcome.codes()) == (1, ["E511"])


def test_sensitive_values_are_seen_nowhere(project: ProjectKit) -> None:
    """Not in output, logs, reports, events, the manifest or generated files; the var-file goes away."""
    secret = "correct-horse-battery"
    project.env["TFWRAP_TEST_PASSWORD"] = secret
    prepare(
        project,
        {
            "vault": unit("secret", inputs={"password": "${env:TFWRAP_TEST_PASSWORD}"}),
            "user": unit("secret", inputs={"password": "${vault.password}"}),
        },
    )
    reports = [word for name in ("r.json", "r.xml", "r.md") for word in ("--report", name)]
    said = [
        project.run("apply", "dev", "--yes", "--progress", "plain", *reports),
        project.run("apply", "dev", "--yes", "--events"),
        project.run("output", "dev"),
        project.run("output", "dev", "--json"),
        project.run("show", "dev"),
    ]
    assert [one.status for one in said] == [0] * 5, said[0].err
    assert project.run("output", "dev", "user.password", "--show-sensitive").out.strip() == secret
    assert not any(secret in one.out + one.err for one in said)
    private = {project.root / "state", project.root / ".tfwrap/plans"}
    leaks = [
        path
        for path in project.root.rglob("*")
        if path.is_file() and not private & set(path.parents) and secret.encode() in path.read_bytes()
    ]
    assert leaks == []
    logs = "".join(path.read_text() for path in (project.root / ".tfwrap/logs").rglob("apply.log"))
    assert "the password is (sensitive value)" in logs
    manifest = project.root / ".tfwrap/plans/dev/manifest.json"
    assert secret not in manifest.read_text()


def test_affected_names_what_differs_and_why(project: ProjectKit) -> None:
    def git(*words: str) -> None:
        identity = ["-c", "user.name=t", "-c", "user.email=t@example.com"]
        subprocess.run(["git", *identity, *words], cwd=project.root, check=True, capture_output=True)

    prepare(project, {"a": unit(text="a"), "b": unit("late"), "c": unit(text="c"), "gone": unit(text="g")})
    project.write({".gitignore": ".tfwrap/\nstate/\n"})
    assert project.run("generate", "dev").status == 0
    git("init", "-q", "-b", "main")
    git("add", "-A")
    git("commit", "-qm", "first")
    assert project.run("affected", "dev", "--base", "main", "--json").json["units"] == []
    prepare(project, {"a": unit(text="a2"), "b": unit("late"), "c": unit(text="c")})
    module = project.root / "modules/late/main.tf"
    module.write_text(module.read_text() + "\n# touched\n")
    found = {row["name"]: row for row in project.run("affected", "dev", "--base", "main", "--json").json["units"]}
    assert {name: row["why"] for name, row in found.items() if not row["deleted"]} == {
        "a": ["generated files"],
        "b": ["module modules/late"],
    }
    assert [name for name, row in found.items() if row["deleted"]] == ["gone"]
    matrix = project.run("affected", "dev", "--base", "main", "--format", "matrix")
    assert matrix.out == '{"include":[{"env":"dev","unit":"a"},{"env":"dev","unit":"b"}]}\n'
    assert "gone is no longer in env.yaml: tfwrap destroy dev -u gone" in matrix.err
    planned = project.run("plan", "dev", "-u", "changed:main", "--json")
    assert (planned.status, sorted(planned.results())) == (0, ["a", "b"])
    (project.root / "modules/late/main.tf").rename(project.root / "modules/late/other.tf")
    git("add", "-A")
    renamed = project.run("affected", "dev", "--base", "main", "--json").json["units"]
    assert "b" in [row["name"] for row in renamed]
    assert project.run("affected", "dev", "--base", "no-such-ref").status == 64


def test_unlocking_what_is_not_locked_is_an_error(project: ProjectKit) -> None:
    prepare(project, ONE)
    outcome = project.run("unlock", "dev", "a", "some-id", "--json")
    assert (outcome.status, outcome.codes()) == (1, ["E505"])
