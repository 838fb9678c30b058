"""Asks the authoring process whether a rulebook may be published; where none runs, starts a process for each proof.

The service imports nothing of `authoring`: another process checks and tests rulebooks, so that no rulebook can
crash, block or fill the memory of the serving process.
"""

import errno
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import orjson
import structlog

from engine.domain.errors import Contended
from engine.rulebook.bundle import Bundle, pack
from engine.rulebook.matcher import available
from runtime.settings import AUTHORING_SOCKET
from service.proof import Proof, of_stages

ROOT: Final = Path(__file__).resolve().parent.parent
SECONDS: Final = 60
"""Seconds per proof."""
MEMORY: Final = 1 << 30
"""Bytes per proof."""
QUEUE: Final = 4
"""Waiting proofs; further ones are refused as contended."""
START_SECONDS = 30
"""How long to wait for an authoring process that is starting."""
OUT_OF_MEMORY: Final = 3
"""The exit code of a process without enough memory."""
ENDED: Final = "ended"
"""Key of the last line: how the work ended, in words; empty when it completed."""
FAULT: Final = "failed, which is a bug in Patron"
_STAGES: Final = ("checking its files", "running its tests", "loading it in durable_rules")

log = structlog.get_logger()


class Prover:
    """`service.proof.Prove`. `probes`: on durable_rules too. A proof takes at most `seconds` and `memory` (bytes)."""

    def __init__(self, probes: bool, seconds: float = SECONDS, memory: int = MEMORY) -> None:
        self._probes = probes and available()
        self._seconds = seconds
        self._memory = memory
        self._lock = threading.Lock()

    def __call__(self, bundle: Bundle, /, tests: bool = True) -> Proof:
        """Contended when too many are asked for at once."""
        job = orjson.dumps({"probes": self._probes, "tests": tests, "memory": self._memory, "seconds": self._seconds})
        path = os.environ.get(AUTHORING_SOCKET)
        if path is None:
            lines, ended = self._alone(job, bundle)
        else:
            lines, ended = _asked(path, _sent(job, bundle), self._seconds)
        got = [orjson.loads(line) for line in lines]
        proof = of_stages(got)
        return replace(proof, problem=f"{_STAGES[min(len(got), len(_STAGES) - 1)]} {ended}") if ended else proof

    def _alone(self, job: bytes, bundle: Bundle) -> tuple[list[bytes], str]:
        """In a process of its own, one at a time."""
        if not self._lock.acquire(blocking=False):
            raise Contended("another rulebook is being checked; try again")
        try:
            return self._in_child(_sent(job, bundle))
        finally:
            self._lock.release()

    def _in_child(self, sent: bytes) -> tuple[list[bytes], str]:
        child = subprocess.Popen(
            (sys.executable, "-m", "authoring.proof"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=ROOT,
        )
        try:
            said, wrong = child.communicate(sent, self._seconds)
        except subprocess.TimeoutExpired:
            child.kill()
            said, _ = child.communicate()
            return said.splitlines(), too_slow(self._seconds)
        ended = ending_of(child.returncode, self._memory)
        if ended == FAULT:
            log.error("proof-failed", said=wrong.decode(errors="replace").strip()[-2000:])
        return said.splitlines(), ended


def _sent(job: bytes, bundle: Bundle) -> bytes:
    return job + b"\n" + pack(bundle)


def _asked(path: str, sent: bytes, seconds: float) -> tuple[list[bytes], str]:
    """Asks the authoring process. Jobs before this one count towards its time."""
    with _connected(path) as client:
        client.settimeout((QUEUE + 1) * SECONDS + seconds)
        try:
            client.sendall(sent)
            client.shutdown(socket.SHUT_WR)
            *lines, last = _lines(client) or [b"{}"]
        except OSError as error:
            log.error("authoring-process-failed", error=str(error))
            return [], FAULT
    told: dict[str, Any] = orjson.loads(last)
    if ENDED in told:
        return lines, str(told[ENDED])
    return [*lines, last] if told else lines, FAULT  # it ended before reporting how


def _lines(client: socket.socket) -> list[bytes]:
    with client.makefile("rb") as answer:
        return answer.read().splitlines()


def _connected(path: str) -> socket.socket:
    for _ in _until(time.monotonic() + START_SECONDS):
        client = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        client.setblocking(False)
        problem = client.connect_ex(path)
        if problem == 0:
            return client
        client.close()
        if problem == errno.EAGAIN:
            raise Contended("several rulebooks are being checked; try again")
    raise Contended("the authoring process is not ready yet; try again")


def _until(deadline: float) -> Iterator[None]:
    while time.monotonic() < deadline:
        yield
        time.sleep(0.1)


def ending_of(code: int, memory: int) -> str:
    """How a process with this exit code ended; empty when it completed."""
    if code < 0:
        return f"ended with {signal.Signals(-code).name}"
    if code == OUT_OF_MEMORY:
        return f"took more than {memory >> 20} MiB of memory"
    return FAULT if code else ""


def too_slow(seconds: float) -> str:
    """How a process ended after a timeout."""
    return f"did not end in {seconds:g} s"
