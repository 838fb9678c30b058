"""Services of this version and of the one before formats were named, side by side on one store."""

import io
import os
import subprocess
import sys
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from cli.serving import ROOT, free_port
from tests.support.processes import eventually

BEFORE = "93fc10b"
"""The last commit that reads and writes profile format 2 only."""


def checked_out(folder: Path) -> Path:
    """The tree of the version before, out of the history of this repository."""
    done = subprocess.run(["git", "archive", BEFORE], cwd=ROOT, capture_output=True, check=False)
    if done.returncode:
        pytest.fail(f"needs the whole history (git fetch --unshallow): {done.stderr.decode().strip()}")
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
        archive.extractall(folder, filter="data")
    return folder


class Server:
    """A running service; `url` to reach it."""

    def __init__(self, url: str, process: subprocess.Popen[bytes]) -> None:
        self.url = url
        self._process = process

    def stop(self) -> None:
        """In good order: what is under way is answered."""
        self._process.terminate()
        self._process.wait(60)


@contextmanager
def serving(root: Path, store: str, extra: Mapping[str, str] | None = None) -> Iterator[Server]:
    """The service of the tree at `root` on this store."""
    bind = f"127.0.0.1:{free_port()}"
    settings = {"PATRON_BIND": bind, "REDIS_URL": store, "PATRON_MATCHER": "reference", "PATRON_WORKER": "no"}
    settings |= {"PATRON_DRAIN_SECONDS": "0", "PATRON_API_KEYS": "", "PATRON_STORE_TIMEOUT_MS": "5000"}
    environment = {**os.environ, **settings, "PYTHONPATH": str(root), **(extra or {})}
    command = [sys.executable, "-m", "gunicorn", "--config", str(root / "gunicorn.conf.py"), "wsgi:app"]
    server = Server(f"http://{bind}", subprocess.Popen(command, env=environment, cwd=root))
    try:
        assert eventually(lambda: _answers(server.url), 60)
        yield server
    finally:
        server.stop()


def _answers(url: str) -> bool:
    try:
        return requests.get(f"{url}/readyz", timeout=5).status_code == 200
    except (requests.ConnectionError, requests.Timeout):
        return False
