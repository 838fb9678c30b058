"""Trying a rulebook before it is published, in a child process with limits on time and memory: `-m authoring.proof`.

The child reads a packed bundle on its standard input and prints a line of JSON for each stage that it got through. So
what crashes or hangs durable_rules, or takes all memory, ends the child, and the parent knows in which stage.
"""

import resource
import signal
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

from authoring.checking import check_texts
from authoring.probe import probe
from authoring.rule_tests import Outcome, RuleTest
from authoring.rule_tests.read import bundled_tests
from authoring.rule_tests.running import run_test
from engine.compiled.rulebook import prepare
from engine.domain.errors import Contended
from engine.rulebook.bundle import Bundle, pack, unpack
from engine.rulebook.findings import Severity, in_order
from engine.rulebook.matcher import available
from engine.rulebook.reference import ReferenceMatcher
from runtime.embedded_guard import die_with_parent
from service.proof import Json, Proof

SECONDS: Final = 60
MEMORY: Final = 1 << 30
OUT_OF_MEMORY: Final = 3
"""With which the child says so."""
ROOT: Final = Path(__file__).resolve().parent.parent
_STAGES: Final = ("checking its files", "running its tests", "trying it on durable_rules")

log = structlog.get_logger()


class ChildProof:
    """Tries a bundle in a child process; `service.proof.Prove`. One at a time: Contended for who comes meanwhile.

    `probes`: on durable_rules too. At most `seconds` of time and `memory` bytes.
    """

    def __init__(self, probes: bool, seconds: float = SECONDS, memory: int = MEMORY) -> None:
        self._probes = probes and available()
        self._seconds = seconds
        self._memory = memory
        self._lock = threading.Lock()

    def __call__(self, bundle: Bundle) -> Proof:
        if not self._lock.acquire(blocking=False):
            raise Contended("another rulebook is being tried at this moment; try again")
        try:
            return self._tried(bundle)
        finally:
            self._lock.release()

    def _tried(self, bundle: Bundle) -> Proof:
        command = [sys.executable, "-m", "authoring.proof", str(self._memory), *(["probe"] if self._probes else [])]
        child = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT
        )
        ended = "went wrong, which is a fault of ours"
        try:
            said, wrong = child.communicate(pack(bundle), self._seconds)
        except subprocess.TimeoutExpired:
            child.kill()
            said, _ = child.communicate()
            ended = f"did not end in {self._seconds:g} s"
        else:
            if child.returncode < 0:
                ended = f"ended with {signal.Signals(-child.returncode).name}"
            elif child.returncode == OUT_OF_MEMORY:
                ended = f"took more than {self._memory >> 20} MiB of memory"
            elif child.returncode:
                log.error("proof-failed", said=wrong.decode(errors="replace").strip()[-2000:])
        got = [orjson.loads(line) for line in said.splitlines()]
        proof = of_stages(got)
        if child.returncode == 0:
            return proof
        return replace(proof, problem=f"{_STAGES[min(len(got), len(_STAGES) - 1)]} {ended}")


def prove_here(bundle: Bundle) -> Proof:
    """The same in this process and without durable_rules: for rulebooks that are known to do no harm."""
    return of_stages(list(stages(bundle, probes=False)))


def of_stages(got: list[dict[str, Any]]) -> Proof:
    """What the stages found."""
    found: dict[str, Any] = {name: value for fields in got for name, value in fields.items()}
    return Proof(
        revision=found.get("revision"),
        findings=tuple(found.get("findings", ())),
        tests=found.get("tests", 0),
        failed=tuple(found.get("failed", ())),
        problem=found.get("problem"),
    )


def stages(bundle: Bundle, probes: bool) -> Iterator[dict[str, Any]]:
    """Each stage gives fields of `Proof`; one that finds errors is the last."""
    book, findings = check_texts(bundle, logic=True, now=round(time.time() * 1000))
    tests: list[RuleTest] = []
    if book is not None:
        tests, more = bundled_tests(bundle, book)
        findings = in_order([*findings, *more])
    fit = book is not None and not any(finding.severity is Severity.ERROR for finding in findings)
    yield {
        "revision": book.revision if book is not None and fit else None,
        "findings": [{**finding.to_json(), "text": finding.render()} for finding in findings],
    }
    if book is None or not fit:
        return
    compiled = prepare(book, ReferenceMatcher(book))
    failed = [outcome for outcome in (run_test(test, compiled) for test in tests) if not outcome.passed]
    yield {"tests": len(tests), "failed": [_outcome_json(outcome) for outcome in failed]}
    if probes and not failed:
        differences = probe(book)
        yield (
            {"problem": f"durable_rules answers otherwise than the rules say: {differences[0]}"} if differences else {}
        )


def _outcome_json(outcome: Outcome) -> Json:
    told = [{"expected": expected, "got": got} for expected, got in outcome.failures]
    return {"test": outcome.test.name, "place": str(outcome.test.place), "failures": told}


def main(arguments: list[str]) -> int:
    """The child."""
    die_with_parent()
    memory, *probes = arguments
    resource.setrlimit(resource.RLIMIT_AS, (int(memory), int(memory)))
    try:
        for stage in stages(unpack(sys.stdin.buffer.read()), bool(probes)):
            sys.stdout.buffer.write(orjson.dumps(stage) + b"\n")
            sys.stdout.buffer.flush()
    except MemoryError:
        return OUT_OF_MEMORY
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
