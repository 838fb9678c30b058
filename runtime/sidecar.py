"""Processes beside the service, such as `patron worker`: started with it, restarted when they end, ended with it."""

import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from time import monotonic
from typing import Final

from runtime.embedded_guard import die_with_parent

ROOT: Final = Path(__file__).resolve().parent.parent
WORKER: Final = (sys.executable, "-m", "cli.main", "worker")
WATCHER: Final = (sys.executable, "-m", "runtime.watch")
AUTHORING: Final = (sys.executable, "-m", "authoring.process")
"""The path of its socket follows."""
STOP_SECONDS: Final = 10
LIVED_SECONDS: Final = 5
"""Seconds before a process that ended early is restarted."""


class Sidecar:
    """One process. The thread that waits for it lives as long as ours, and the process ends with that thread."""

    def __init__(self, command: Sequence[str]) -> None:
        self._command = command
        self._stopping = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._keep, name="patron-sidecar", daemon=True)

    def start(self) -> None:
        """Start it, with the current environment."""
        self._thread.start()

    def restart(self) -> None:
        """Stop it gracefully; the next one reads the current rules."""
        if self._process is not None:
            self._process.terminate()

    def stop(self) -> None:
        """Stop it gracefully, and do not start another."""
        self._stopping.set()
        self.restart()
        if self._thread.is_alive():
            self._thread.join(STOP_SECONDS)

    def _keep(self) -> None:
        path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
        while not self._stopping.is_set():
            began = monotonic()
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                self._command,
                env={**os.environ, "PYTHONPATH": path},
                stdin=subprocess.DEVNULL,
                start_new_session=True,  # Ctrl-C is for the service, which stops this one
                preexec_fn=die_with_parent,  # noqa: PLW1509 - one system call, no lock is taken
            )
            if self._stopping.is_set():
                self._process.terminate()
            self._process.wait()
            if monotonic() - began < LIVED_SECONDS:
                self._stopping.wait(LIVED_SECONDS)
