"""The authoring process of a service: it checks and tests rulebooks for all its workers, one at a time, and stays warm.

    python -m authoring.process SOCKET

A client connects to the unix socket, sends a job (`authoring.proof.read_job`), closes its side, and reads a line of
JSON for each stage. The last line says how it ended. Each job runs in a fork of this process: a rulebook that crashes
durable_rules, runs for ever or takes all memory ends the fork, and the next job is not affected. Connections that wait
for their turn are the queue.
"""

import contextlib
import os
import select
import signal
import socket
import sys
from pathlib import Path
from typing import Final, NoReturn

import orjson

from authoring.proof import Job, read_job, run
from runtime.embedded_guard import die_with_parent
from runtime.proving import ENDED, QUEUE, ending_of, too_slow

SEND_SECONDS: Final = 10
"""Seconds for a client to send its job."""
MOST_BYTES: Final = 256 << 20
NICER: Final = 10
"""Decisions come before proofs."""


def serve(path: Path) -> NoReturn:
    """Do one job after the other, for ever."""
    with contextlib.suppress(FileNotFoundError):
        path.unlink()
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        listener.bind(str(path))
        path.chmod(0o600)
        listener.listen(QUEUE)
        while True:
            client, _ = listener.accept()
            with client, contextlib.suppress(OSError, ValueError, TypeError):  # gone, or sent no job: the next one
                _serve_one(client)


def _serve_one(client: socket.socket) -> None:
    client.settimeout(SEND_SECONDS)
    job, bundle = read_job(_read_all(client))
    client.settimeout(None)
    child = os.fork()
    if child == 0:
        _work(client, job, bundle)
    client.sendall(orjson.dumps({ENDED: _wait_for(child, job)}) + b"\n")


def _read_all(client: socket.socket) -> bytes:
    parts, size = [], 0
    while part := client.recv(1 << 20):
        parts.append(part)
        size += len(part)
        if size > MOST_BYTES:
            raise OSError("too large")
    return b"".join(parts)


def _work(client: socket.socket, job: Job, bundle: bytes) -> NoReturn:
    """The fork: errors go to standard error, and it never returns to the loop of its parent."""
    code = 1
    try:
        die_with_parent()
        with client.makefile("wb") as out:
            code = run(job, bundle, out)
    except BaseException:  # whatever it is, it must not continue in the parent's code
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stderr.flush()
        os._exit(code)


def _wait_for(child: int, job: Job) -> str:
    """How the fork ended, in words; empty when it completed."""
    process = os.pidfd_open(child)
    try:
        in_time = bool(select.select([process], [], [], job.seconds)[0])
    finally:
        os.close(process)
    if not in_time:
        os.kill(child, signal.SIGKILL)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return ending_of(code, job.memory) if in_time else too_slow(job.seconds)


def main() -> None:
    die_with_parent()
    os.nice(NICER)
    serve(Path(sys.argv[1]))


if __name__ == "__main__":
    main()
