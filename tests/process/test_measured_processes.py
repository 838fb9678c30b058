"""What the benchmarks measure: the CPU time of a service's processes, and a yardstick with nothing of Patron in it."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from redis import Redis

from benchmarks.processes import Family, ProcessesChanged
from benchmarks.services import bare
from runtime.settings import Settings

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks at processes through /proc")

PARENT = """
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", sys.argv[1]], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
child.stdout.readline()
print("ready", flush=True)
for line in sys.stdin:
    child.stdin.write(line.encode()); child.stdin.flush()
    print(child.stdout.readline(), flush=True)
    if line == "end\\n":
        child.wait()
        print("ended", flush=True)
"""
CHILD = """
import sys, time
print("ready", flush=True)
for line in sys.stdin:
    if line == "end\\n":
        break
    until = time.process_time() + 0.1
    while time.process_time() < until:
        pass
    print("burnt", flush=True)
"""


@contextmanager
def parent_with_child() -> Iterator[tuple[Family, subprocess.Popen[str]]]:
    """A process that passes its lines on to its child, which uses 0.1 s of CPU time for each."""
    command = [sys.executable, "-c", PARENT, CHILD]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdin and parent.stdout
        parent.stdout.readline()
        yield Family(parent.pid), parent
        parent.stdin.close()


def tell(parent: subprocess.Popen[str], word: str, answers: int) -> None:
    assert parent.stdin and parent.stdout
    parent.stdin.write(f"{word}\n")
    parent.stdin.flush()
    for _ in range(answers):
        parent.stdout.readline()


def test_the_cpu_time_of_a_child_counts_as_that_of_a_process_beside() -> None:
    with parent_with_child() as (family, parent):
        server, beside = family.cpu_seconds()
        tell(parent, "burn", answers=1)
        after_server, after_beside = family.cpu_seconds()
    assert after_beside - beside >= 0.1 > after_server - server > 0


def test_a_process_that_ends_while_it_is_measured_is_an_error() -> None:
    with parent_with_child() as (family, parent):
        family.cpu_seconds()
        tell(parent, "end", answers=2)
        with pytest.raises(ProcessesChanged, match=f"process {parent.pid} had the descendants"):
            family.cpu_seconds()


def test_the_bare_side_has_the_processes_of_the_shipped_service_and_nothing_of_patron(tmp_path: Path) -> None:
    with bare(tmp_path) as side, Redis.from_url(side.store.url) as store:
        with pytest.raises(HTTPError, match="404"):
            urlopen(f"{side.url}/readyz", timeout=5)
        assert len(side.family.server) == 1 + Settings().workers and side.family.beside == []
        assert store.dbsize() == 0
