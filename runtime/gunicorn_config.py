"""gunicorn configuration: threads in pre-forked workers, one embedded store for all of them, an orderly stop.

`gunicorn --config python:runtime.gunicorn_config 'runtime.bootstrap:make_app()'` is what `patron serve` runs.
Everything that differs between installations is in `runtime.settings` (docs/settings.md).
"""

# ruff: noqa: PLC0415 - hooks import what they need, when their environment is complete

import atexit
import gc
import os
import shutil
import signal
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

from engine.domain.errors import PatronError
from engine.rulebook.findings import RulebookError
from runtime.matchers import WrongRules
from runtime.settings import AUTHORING_SOCKET, Settings, SettingsError
from runtime.sidecar import AUTHORING, WATCHER, WORKER, Sidecar

try:
    _settings = Settings.from_environment()
except SettingsError as error:
    sys.exit(f"Invalid settings:\n{error}")

bind = _settings.listen
worker_class = "gthread"
workers = _settings.workers
threads = _settings.threads
preload_app = False  # connections, threads and matchers do not survive a fork: every worker makes its own
control_socket_disable = True
keepalive = 5
timeout = 30
graceful_timeout = _settings.drain_seconds + 25
limit_request_fields = 64
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 - a heartbeat, best kept off the disk
proc_name = "patron"
loglevel = _settings.log_level
errorlog = "-"
accesslog = None


def _folder(prefix: str) -> str:
    """A temporary folder that the master, and no forked worker, deletes at its end."""
    folder, master = tempfile.mkdtemp(prefix=prefix), os.getpid()

    def remove() -> None:
        if os.getpid() == master:
            shutil.rmtree(folder, ignore_errors=True)

    atexit.register(remove)
    return folder


# Metrics of all workers. prometheus-client reads the variable when it is first imported, which is later.
if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = _folder("patron-metrics-")

_with_rules = [
    *([Sidecar(WORKER)] if _settings.worker == "yes" else []),
    *([Sidecar(WATCHER)] if _settings.watch == "yes" else []),
]
_sidecars = list(_with_rules)
if _settings.authoring == "yes":
    os.environ[AUTHORING_SOCKET] = f"{_folder('patron-authoring-')}/socket"
    _sidecars.insert(0, Sidecar((*AUTHORING, os.environ[AUTHORING_SOCKET])))


def on_starting(server: Any) -> None:
    """In the master, before any fork: the rulebook and the store that all workers share, and a probe of the matcher."""
    from runtime.bootstrap import start_embedded_if_needed
    from runtime.rules import folder_rules

    for warning in _settings.warnings():
        server.log.warning(warning)
    try:
        if _settings.redis_url is None and not _settings.data.exists():
            folder_rules(_settings)  # nothing can have been published: no new store for invalid rules
        start_embedded_if_needed(_settings)
        _read_rules(server)
    except (RulebookError, WrongRules) as error:
        sys.exit(f"{error}\n\nThe rules in {_settings.rules} have errors, so nothing was started.")
    except PatronError as error:
        sys.exit(f"Nothing was started: {error}")


def when_ready(_server: Any) -> None:
    """In the master: start the worker and the folder watcher. They find the store as the others do."""
    for one in _sidecars:
        one.start()


def on_exit(_server: Any) -> None:
    """Before the store ends."""
    for one in _sidecars:
        one.stop()


def on_reload(server: Any) -> None:
    """On SIGHUP new workers serve the current rules; if those are invalid, the previous ones stay."""
    try:
        _read_rules(server)
    except (RulebookError, WrongRules) as error:
        server.log.error("The rules in %s have errors; the previous rules stay active:\n%s", _settings.rules, error)
    except PatronError as error:
        server.log.error("The previous rules stay active:\n%s", error)
    else:
        for one in _with_rules:
            one.restart()


def _read_rules(server: Any) -> None:
    """Read rules and feedback tables. Log which rules are active, and whether durable_rules runs them."""
    from runtime.bootstrap import choose_matcher, open_store, read_rules, read_tables
    from runtime.rules import told, without_consents

    read_tables(_settings)
    settings = Settings.from_environment()  # by now it names the store
    rules = read_rules(settings)
    said, surprising = told(rules, _settings)
    server.log.warning(said) if surprising else server.log.info(said)
    for problem in (choose_matcher(_settings, rules), without_consents(rules, open_store(settings))):
        if problem is not None:
            server.log.warning(problem)


def post_worker_init(worker: Any) -> None:
    """A stop fails /readyz first, then serves on for PATRON_DRAIN_SECONDS, then lets gunicorn end the worker."""
    from api.app import drain

    gc.collect()
    gc.freeze()  # rulebook, schemas and modules live as long as the worker: no collection needs to scan them again

    def stop(signum: int, _frame: object) -> None:
        drain(worker.wsgi)
        threading.Timer(_settings.drain_seconds, worker.handle_exit, (signum, None)).start()

    signal.signal(signal.SIGTERM, stop)
    signal.siginterrupt(signal.SIGTERM, False)


def child_exit(_server: Any, worker: Any) -> None:
    """Keep a worker's counters in the sums; drop gauges valid only during its life."""
    from prometheus_client.multiprocess import mark_process_dead

    mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]
