"""The services that are measured side by side, each on a Valkey of its own: Patron from any tree, and bare routes."""

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.processes import Cost, Family, cpu_seconds
from cli.client import Client
from cli.serving import ROOT, free_port
from runtime import embedded
from runtime.embedded_guard import die_with_parent
from runtime.settings import Settings

START_SECONDS = 120
STOP_SECONDS = 60
IDLE_SHARE = 0.05
"""Of a core: a process that uses less has nothing left to do."""
IDLE_SECONDS = 600


@dataclass(frozen=True, slots=True)
class Tree:
    """A checkout of Patron, and the Python that has what it needs."""

    root: Path
    python: Path


PRESENT = Tree(ROOT, Path(sys.executable))


@dataclass(frozen=True, slots=True)
class Side:
    """A running service with its store."""

    name: str
    url: str
    family: Family
    store: embedded.Embedded

    def cost(self) -> Cost:
        """So far. Processes beside gunicorn, such as `patron worker`, count."""
        main, beside = self.family.cpu_seconds()
        return Cost(main, beside, cpu_seconds([self.store.pid]))


def environment(tree: Tree, extra: Mapping[str, str]) -> dict[str, str]:
    """The tree's own code, and nothing that a setting of ours says."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("PATRON_", "PYTHON"))}
    for name in ("REDIS_URL", "WEB_CONCURRENCY", "PROMETHEUS_MULTIPROC_DIR"):
        inherited.pop(name, None)
    return {**inherited, "PYTHONPATH": str(tree.root), **extra}


@contextmanager
def patron(name: str, tree: Tree, folder: Path) -> Iterator[Side]:
    """`patron serve` as shipped, the worker beside it included."""
    port = free_port()
    settings = {"PATRON_BIND": f"127.0.0.1:{port}", "PATRON_DATA": str(folder), "PATRON_DRAIN_SECONDS": "0"}
    command = [str(tree.python), "-m", "cli.main", "serve"]
    with _store(folder) as store:
        launch = Launch(command, tree.root, environment(tree, {**settings, "REDIS_URL": store.url}), folder / "log")
        with _serving(launch, f"http://127.0.0.1:{port}", "/readyz") as family:
            yield Side(name, f"http://127.0.0.1:{port}", family, store)


@contextmanager
def bare(folder: Path) -> Iterator[Side]:
    """The routes of benchmarks/bare.py under gunicorn with the processes and threads that Patron has as shipped.

    It runs in a folder of its own: gunicorn would load Patron's gunicorn.conf.py from the working directory.
    """
    port = free_port()
    shipped = Settings()
    command = [str(PRESENT.python), "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", "--worker-class", "gthread"]
    command += ["--workers", str(shipped.workers), "--threads", str(shipped.threads), "--keep-alive", "5"]
    command += ["--no-control-socket", "--pythonpath", str(Path(__file__).parent / "bare"), "app:app"]
    with _store(folder) as store:
        alone = environment(PRESENT, {"REDIS_URL": store.url})
        del alone["PYTHONPATH"]
        launch = Launch(command, folder, alone, folder / "log")
        with _serving(launch, f"http://127.0.0.1:{port}", "/") as family:
            yield Side("bare", f"http://127.0.0.1:{port}", family, store)


@contextmanager
def _store(folder: Path) -> Iterator[embedded.Embedded]:
    store = embedded.start(folder)
    try:
        yield store
    finally:
        store.stop()


@dataclass(frozen=True, slots=True)
class Launch:
    """How a service is started."""

    command: Sequence[str]
    folder: Path
    environment: Mapping[str, str]
    log: Path


@contextmanager
def _serving(launch: Launch, url: str, path: str) -> Iterator[Family]:
    with launch.log.open("wb") as out:
        master = subprocess.Popen(
            launch.command,
            cwd=launch.folder,
            env=launch.environment,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            preexec_fn=die_with_parent,  # noqa: PLW1509 - one system call, no lock is taken
        )
    try:
        _wait_until_it_answers(url + path, master, launch.log)
        yield Family(master.pid)
    finally:
        master.terminate()
        try:
            master.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            master.kill()
            master.wait()


def _wait_until_it_answers(url: str, master: subprocess.Popen[bytes], log: Path) -> None:
    """200, or the 404 of an application without this page."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and master.poll() is None:
        try:
            urllib.request.urlopen(url, timeout=1).close()
            return
        except urllib.error.HTTPError as error:
            if error.code == 404:
                return
            time.sleep(0.05)
        except OSError:
            time.sleep(0.05)
    tail = "\n".join(log.read_text(errors="replace").splitlines()[-30:])
    raise SystemExit(f"a service that is to be measured did not start:\n{tail}")


def fill(side: Side, history: Sequence[bytes]) -> None:
    """Load a history, take a snapshot, and wait until the worker has evaluated the timers that had come up by then."""
    client = Client(side.url)
    for start in range(0, len(history), 2_000):
        lines = b"\n".join(history[start : start + 2_000])
        status, answer = client.post("/v1/events:batch", lines, "application/x-ndjson")
        if status != 200 or answer["refused"]:
            raise SystemExit(f"loading failed: {status} {str(answer)[:300]}")
    client.post("/v1/snapshots", b"{}")
    time.sleep(1.5)  # every process polls for the snapshot twice a second
    wait_until_idle(side)


def wait_until_idle(side: Side) -> None:
    deadline = time.monotonic() + IDLE_SECONDS
    while time.monotonic() < deadline:
        before, began = side.cost(), time.monotonic()
        time.sleep(1)
        used = side.cost().since(before)
        if used.total < IDLE_SHARE * (time.monotonic() - began):
            return
    raise SystemExit(f"{side.name} does not become idle")
