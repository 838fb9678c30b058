"""gunicorn.conf.py: two workers over one embedded store, an orderly stop, loopback only without keys."""

import contextlib
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.support.requests import order

ROOT = Path(__file__).resolve().parents[2]


@contextlib.contextmanager
def gunicorn(folder: Path, **settings: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A served Patron: its master process and its address. Started on a free port, killed with the block."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PATRON_", "REDIS_"))}
    own = {"PATRON_DATA": str(folder / "data"), "TMPDIR": str(folder), "PATRON_MATCHER": "reference"}
    environment = kept | own | {"PATRON_BIND": "127.0.0.1:0"} | settings
    command = [sys.executable, "-m", "gunicorn", "wsgi:app"]
    master = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True)
    try:
        yield master, address(master)
    finally:
        master.kill()
        master.communicate()


def address(master: subprocess.Popen[str]) -> str:
    for line in master.stderr:
        if found := re.search(r"Listening at: (http://\S+)", line):
            return found[1]
    raise AssertionError("gunicorn did not start")


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("served")


def test_workers_share_a_store_and_their_figures_and_stop_in_order(folder):
    with gunicorn(folder, PATRON_DRAIN_SECONDS="2") as (master, url):
        for _ in range(20):
            assert requests.post(f"{url}/v1/events", json=order(), timeout=5).json()["event_id"] == "e-1"
        assert requests.get(f"{url}/v1/reports/value", timeout=5).json()["customers"] == 1
        counted = requests.get(f"{url}/metrics", timeout=5).text
        assert 'patron_requests_total{route="/v1/events",status="200"} 20.0' in counted

        master.send_signal(signal.SIGTERM)
        while (ready := requests.get(f"{url}/readyz", timeout=5)).status_code == 200:
            pass
        assert ready.json() == {"status": "draining"}
        assert requests.post(f"{url}/v1/events", json=order(), timeout=5).status_code == 200
        assert master.wait(timeout=120) == 0
        with pytest.raises(requests.ConnectionError):
            requests.get(f"{url}/livez", timeout=5)
        assert not list(folder.glob("patron-metrics-*"))


def test_without_keys_only_loopback_is_listened_on(folder):
    with gunicorn(folder, PATRON_BIND="0.0.0.0:0", PATRON_DRAIN_SECONDS="0", WEB_CONCURRENCY="1") as (_, url):
        assert url.startswith("http://127.0.0.1:")


def test_wrong_settings_are_named_and_nothing_starts():
    environment = os.environ | {"PATRON_THREADS": "many"}
    command = [sys.executable, "-m", "gunicorn", "wsgi:app"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=30)
    assert done.returncode == 1
    assert "PATRON_THREADS" in done.stderr
    assert "Traceback" not in done.stderr
