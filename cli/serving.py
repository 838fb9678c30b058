"""Starting the service: gunicorn with its workers, for `patron serve`, the demo, tests and benchmarks."""

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
from dataclasses import dataclass
from pathlib import Path

from runtime.embedded_guard import die_with_parent

ROOT = Path(__file__).resolve().parent.parent
APP = "runtime.bootstrap:make_app()"
START_SECONDS = 60
STOP_SECONDS = 40


class NotStarted(Exception):
    """The service did not start; the text ends with its last output."""


def command() -> list[str]:
    """The command line of gunicorn, for any working folder."""
    return [*(sys.executable, "-m", "gunicorn"), "--config", "python:runtime.gunicorn_config", APP]


def environment(extra: Mapping[str, str]) -> dict[str, str]:
    """The environment with `extra`, and the project on the path of the workers."""
    path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    return {**os.environ, "PYTHONPATH": path, **extra}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass(frozen=True, slots=True)
class Served:
    """A running service: its address, gunicorn's master process, and the file that it logs to."""

    url: str
    master: subprocess.Popen[bytes]
    log: Path


@contextmanager
def running(extra: Mapping[str, str] | None = None) -> Iterator[str]:
    """The URL of a new service on a free loopback port, with an embedded store in a temporary folder."""
    with tempfile.TemporaryDirectory(prefix="patron-") as folder, served(Path(folder), extra or {}) as service:
        yield service.url


@contextmanager
def served(folder: Path, extra: Mapping[str, str]) -> Iterator[Served]:
    """The same with its data in `folder`. It stops with the block, or with this process.

    It ignores a store and keys in the environment, except those in `extra`, and starts no sidecars.
    NotStarted when it does not start.
    """
    bind = extra.get("PATRON_BIND", f"127.0.0.1:{free_port()}")
    own = {"REDIS_URL": "", "PATRON_API_KEYS": "", "PATRON_DATA": str(folder), "PATRON_DRAIN_SECONDS": "0"}
    own |= {"PATRON_WORKER": "no", "PATRON_AUTHORING": "no"}
    settings = environment({**own, **extra, "PATRON_BIND": bind})
    log, url = folder / "service.log", f"http://127.0.0.1:{bind.rpartition(':')[2]}"
    with log.open("wb") as out:
        master = subprocess.Popen(
            command(),
            env=settings,
            stdout=out,
            stderr=out,
            cwd=ROOT,
            preexec_fn=die_with_parent,  # noqa: PLW1509 - one system call, no lock is taken
        )
        try:
            _wait_until_ready(url, master, log)
            yield Served(url, master, log)
        finally:
            _stop(master)


def _wait_until_ready(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/readyz", timeout=1) as answer:  # noqa: S310 - our own loopback server
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.05)
    tail = log.read_text(errors="replace").splitlines()[-30:]
    raise NotStarted("the service did not start:\n" + "\n".join(tail))


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
