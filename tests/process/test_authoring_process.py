"""The authoring process: one for all workers of a service, warm, and not harmed by any rulebook."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from socket import AF_UNIX
from socket import socket as Socket

import pytest
import requests

from authoring.proof import prove_here
from benchmarks.versions import version
from cli.serving import Served, served
from engine.domain.errors import Contended
from runtime import proving
from runtime.proving import FAULT, Prover
from runtime.settings import AUTHORING_SOCKET
from tests.support.books import RULES
from tests.support.processes import eventually
from tests.unit.test_proof import FAILING, RED

CRASHES = "import os, signal\ndef create_ruleset(*_):\n    os.kill(os.getpid(), signal.SIGSEGV)"


@contextmanager
def listening(folder: Path, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        (sys.executable, "-m", "authoring.process", str(folder / "socket")),
        cwd=RULES.parent,
        env={**os.environ, **environment},
    )
    try:
        assert eventually((folder / "socket").exists, 30)
        yield process
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def socket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(AUTHORING_SOCKET, str(tmp_path / "socket"))
    return tmp_path


def test_it_finds_what_is_found_here(socket: Path) -> None:
    with listening(socket):
        for files in (RED, FAILING, {"shop.yaml": b"a: [\xff"}, {}):
            assert Prover(probes=False)(files) == prove_here(files)


def test_without_tests_it_says_what_is_wrong_and_runs_none(socket: Path) -> None:
    with listening(socket):
        proof = Prover(probes=True)(FAILING, tests=False)
    assert (proof.tests, proof.failed, proof.errors, proof.refusal()) == (0, (), 0, None)


def test_what_crashes_durable_rules_does_no_harm_to_the_next(socket: Path) -> None:
    (socket / "durable_rules_engine.py").write_text(CRASHES)
    with listening(socket, PYTHONPATH=str(socket)):
        assert Prover(probes=True)(RED).problem == "loading it in durable_rules ended with SIGSEGV"
        assert Prover(probes=False)(RED).refusal() is None


def test_what_takes_too_long_or_too_much_memory_is_ended(socket: Path) -> None:
    large = {f"tests/{number}.yaml": b"tests:\n" + b"  - [[1], [2], [3]]\n" * 49_000 for number in range(9)}
    with listening(socket):
        assert Prover(probes=False, seconds=0.001)(RED).problem == "checking its files did not end in 0.001 s"
        greedy = Prover(probes=False, memory=500 << 20, seconds=600)(RED | large)
        assert greedy.problem == "checking its files took more than 500 MiB of memory"
        assert Prover(probes=False)(RED).refusal() is None


def test_where_it_does_not_answer_one_is_told_to_come_again(socket: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proving, "START_SECONDS", 0.3)
    with pytest.raises(Contended, match="is not ready yet; try again"):
        Prover(probes=False)(RED)


def test_when_the_queue_is_full_one_is_told_to_come_again(socket: Path) -> None:
    with listening(socket) as process, ExitStack() as waiting:
        process.send_signal(signal.SIGSTOP)
        for _ in range(proving.QUEUE + 1):  # Linux lets one more than the backlog wait
            client = waiting.enter_context(Socket(AF_UNIX))
            client.connect(str(socket / "socket"))
        with pytest.raises(Contended, match="several rulebooks are being checked"):
            Prover(probes=False)(RED)


def test_what_is_no_job_does_no_harm_to_the_next(socket: Path) -> None:
    with listening(socket):
        for nonsense in (b"", b"GET / HTTP/1.1\r\n\r\n", b'{"tests": true}\n'):
            with Socket(AF_UNIX) as client:
                client.connect(str(socket / "socket"))
                client.sendall(nonsense)
        assert Prover(probes=False)(RED).refusal() is None


def test_when_it_dies_meanwhile_nothing_counts_as_proven(socket: Path) -> None:
    with listening(socket) as process:
        process.send_signal(signal.SIGSTOP)
        prover = Prover(probes=False)

        def dies(*_: object) -> None:
            process.kill()

        signal.signal(signal.SIGALRM, dies)
        signal.setitimer(signal.ITIMER_REAL, 0.2)
        assert prover(RED).problem == f"checking its files {FAULT}"


def check(service: Served) -> requests.Response:
    files = {name: content.decode() for name, content in version("blue").items()}
    return requests.post(f"{service.url}/v1/rulebook:check", json={"files": files}, timeout=120)


def authoring_process() -> list[int]:
    """Those that this test's service has started."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                if b"authoring.process" in (folder / "cmdline").read_bytes():
                    found.append(int(folder.name))
            except OSError:
                continue
    return found


def test_a_service_starts_it_and_starts_it_again_after_kill_9(tmp_path: Path) -> None:
    before = set(authoring_process())
    with served(tmp_path, {"PATRON_AUTHORING": "yes", "WEB_CONCURRENCY": "1"}) as service:
        assert eventually(lambda: check(service).status_code == requests.codes.ok, 60)
        (first,) = set(authoring_process()) - before
        os.kill(first, signal.SIGKILL)
        assert eventually(lambda: set(authoring_process()) - before - {first}, 60)
        assert eventually(lambda: check(service).status_code == requests.codes.ok, 60)
    assert set(authoring_process()) <= before
