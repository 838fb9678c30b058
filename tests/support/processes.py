"""Processes of a running service, looked at through /proc, and waiting for what other processes do."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests
from redis import Redis

from cli.serving import Served


def eventually(holds: Callable[[], bool], limit_s: float = 20.0) -> bool:
    """Whether it holds within the limit."""
    give_up = time.monotonic() + limit_s
    while not holds() and time.monotonic() < give_up:
        time.sleep(0.01)
    return holds()


def workers_of(service: Served) -> set[int]:
    """The process ids of gunicorn's workers that run now."""
    children = Path(f"/proc/{service.master.pid}/task/{service.master.pid}/children").read_text().split()
    return {int(pid) for pid in children if b"gunicorn" in _read(f"/proc/{pid}/cmdline")}


def store_of(service: Served) -> Redis:
    """The embedded server of a service whose data is in the folder of its log."""
    return Redis(unix_socket_path=str(service.log.parent / "valkey" / "valkey.sock"), protocol=2)


def store_pid(service: Served) -> int:
    """The process id of the embedded server."""
    with store_of(service) as store:
        pid: int = store.info("server")["process_id"]
        return pid


def belonging_to(folder: Path) -> set[int]:
    """The processes that were started with this folder for temporary files, or that work in it."""
    variable = f"TMPDIR={folder}".encode()
    found = set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (variable in _read(f"{entry}/environ").split(b"\0") or _works_in(entry, folder)):
            found.add(int(entry.name))
    return found


@contextmanager
def stopped(pid: int) -> Iterator[None]:
    """The process does nothing until the block ends."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def standing(service: Served) -> dict[str, Any]:
    """What /readyz?verbose says."""
    told: dict[str, Any] = requests.get(f"{service.url}/readyz?verbose", timeout=10).json()
    return told


def ready(service: Served) -> bool:
    return requests.get(f"{service.url}/readyz", timeout=10).status_code == 200


def _works_in(process: Path, folder: Path) -> bool:
    try:
        return (process / "cwd").readlink().is_relative_to(folder)
    except OSError:
        return False


def _read(path: str) -> bytes:
    """Empty where the process has ended, or is somebody else's."""
    try:
        return Path(path).read_bytes()
    except OSError:
        return b""
