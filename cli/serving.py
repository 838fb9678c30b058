"""Starting the real service: gunicorn with its workers, as `patron serve`, the demo, tests and benchmarks do."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 60
STOP_SECONDS = 40


class NotStarted(Exception):
    """The service did not come up; the text ends with what it printed last."""


def command() -> list[str]:
    return [sys.executable, "-m", "gunicorn", "--config", str(ROOT / "gunicorn.conf.py"), "wsgi:app"]


def environment(extra: Mapping[str, str]) -> dict[str, str]:
    """The environment with `extra`, and the project on the path of the workers."""
    path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    return {**os.environ, "PYTHONPATH": path, **extra}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def running(extra: Mapping[str, str] | None = None) -> Iterator[str]:
    """A service of its own on a free loopback port, with an embedded store in a temporary folder; gives its URL."""
    with tempfile.TemporaryDirectory(prefix="patron-") as folder:
        bind = f"127.0.0.1:{free_port()}"
        settings = {"PATRON_BIND": bind, "PATRON_DATA": folder, "PATRON_DRAIN_SECONDS": "0", **(extra or {})}
        with (Path(folder) / "service.log").open("w+b") as log:
            process = subprocess.Popen(command(), env=environment(settings), stdout=log, stderr=log, cwd=ROOT)
            try:
                _wait_until_ready(f"http://{bind}", process, Path(log.name))
                yield f"http://{bind}"
            finally:
                _stop(process)


def _wait_until_ready(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/readyz", timeout=1) as answer:  # noqa: S310 - our own loopback server
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.05)
    tail = log.read_text(errors="replace").splitlines()[-15:]
    raise NotStarted("the service did not start:\n" + "\n".join(tail))


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
