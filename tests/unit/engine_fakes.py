"""A provider and a Terraform program that are small, fast, and misbehave when told to."""

from __future__ import annotations

import sys
import textwrap
from pathlib import Path

SOURCE = "registry.terraform.io/test/fake"

# Answers each connection: to HTTP/2's first words as a live gRPC server does, else with where it stands.
_PROVIDER = """
    import json, os, socket
    assert os.environ["TF_PLUGIN_MAGIC_COOKIE"] and "TF_REATTACH_PROVIDERS" not in os.environ
    listener = socket.socket(socket.AF_UNIX)
    path = os.environ["TMPDIR"] + f"/plugin{os.getpid()}"
    listener.bind(path)
    listener.listen()
    print(f"1|6|unix|{path}|grpc", flush=True)
    left_open = []
    while True:
        channel, _ = listener.accept()
        with channel:
            asked = channel.recv(4096)
            if asked.startswith(b"PRI"):
                channel.sendall(bytes(9) + b"\\x00\\x00\\x08\\x06\\x01" + bytes(12))
            elif asked:
                facts = {"pid": os.getpid(), "cwd": os.getcwd(), "mark": os.environ.get("MARK")}
                channel.sendall(json.dumps(facts).encode())
                if facts["mark"] == "leaky":
                    left_open += [open(os.devnull) for _ in range(100)]
"""
# `ask` prints what the provider says; `wait` goes on until the file `go-on` is there, or an interrupt comes; so does
# `hang`, which heeds no interrupt.
_PROGRAM = """
    import json, os, signal, socket, sys, time
    from pathlib import Path
    words = sys.argv[1:]
    (entry,) = json.loads(os.environ["TF_REATTACH_PROVIDERS"]).values()
    assert entry["ProtocolVersion"] == 6 and entry["Test"]
    if words[-1] == "ask":
        with socket.socket(socket.AF_UNIX) as channel:
            channel.connect(entry["Addr"]["String"])
            channel.sendall(b"hello")
            facts = json.loads(channel.recv(4096))
        print(json.dumps({**facts, "data": os.environ["TF_DATA_DIR"], "socket": entry["Addr"]["String"]}))
        sys.exit(0)
    def stop(*_):
        print("interrupted", flush=True)
        Path("interrupted").touch()
        sys.exit(1)
    signal.signal(signal.SIGINT, signal.SIG_IGN if words[-1] == "hang" else stop)
    print("started", flush=True)
    Path("started").touch()
    while not Path("go-on").exists():
        try:  # as Terraform: a provider that is gone is noticed
            with socket.socket(socket.AF_UNIX) as channel:
                channel.connect(entry["Addr"]["String"])
        except OSError:
            print("provider is gone", flush=True)
            sys.exit(1)
        time.sleep(0.02)
    Path("finished").touch()
"""


def provider(folder: Path, code: str = _PROVIDER) -> Path:
    return _script(folder / "terraform-provider-fake", code)


def program(folder: Path) -> Path:
    return _script(folder / "terraform", _PROGRAM)


def _script(path: Path, code: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!{sys.executable} -IS\n{textwrap.dedent(code)}")
    path.chmod(0o755)
    return path
