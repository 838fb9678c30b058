"""The process between Patron and its embedded server: ends the server when the process that started it is gone.

Run by file path, with the standard library only: `embedded_guard.py PIPE_FD LOCK_FD TEMPORARY COMMAND...`. The other
end of the pipe is held by the starter alone, so it closes when the starter ends, by `kill -9` too; that works on every
Unix and, unlike a death signal, does not depend on which thread started us. The server inherits the lock on the data
folder: it is free again only when the server has really ended.
"""

import contextlib
import ctypes
import os
import select
import shutil
import signal
import subprocess
import sys
from types import FrameType

_GRACE_S = 20
_PR_SET_PDEATHSIG = 1


def main(argv: list[str]) -> int:
    """Run the server until it ends or the starter does; prints the server's process id."""
    starter, lock, temporary, command = int(argv[0]), int(argv[1]), argv[2], argv[3:]
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _leave)
    alive, held_by_server = os.pipe()
    server = subprocess.Popen(  # noqa: S603 - the command comes from runtime.embedded
        command,
        stdin=subprocess.DEVNULL,
        stdout=sys.stderr,
        pass_fds=(lock, held_by_server),
        preexec_fn=die_with_parent,  # noqa: PLW1509 - this process has one thread
    )
    try:
        os.close(held_by_server)
        print(server.pid, flush=True)  # noqa: T201 - read by the starter
        select.select([starter, alive], [], [])
    finally:
        _end(server)
        if temporary:
            shutil.rmtree(temporary, ignore_errors=True)
    return 0


def _leave(_signal: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)


def die_with_parent() -> None:
    """In a new process, before it becomes another program: SIGTERM when its parent ends. Only Linux can do this."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _end(server: subprocess.Popen[bytes]) -> None:
    """SIGTERM makes the server write its append-only file out."""
    server.terminate()
    try:
        server.wait(_GRACE_S)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
