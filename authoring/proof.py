"""The checks of a rulebook before publication, stage by stage: its files, its tests, the compiled matcher.

`python -m authoring.proof` is one proof in a process of its own; `authoring.process` is the warm one of a service. Both
write a line of JSON for each completed stage, so the caller knows in which stage a process ended.
"""

import resource
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

import orjson

from authoring.checking import check_texts
from authoring.probe import probe
from authoring.rule_tests import Outcome, RuleTest
from authoring.rule_tests.read import bundled_tests
from authoring.rule_tests.running import run_test
from engine.compiled.rulebook import prepare
from engine.rulebook.bundle import Bundle, unpack
from engine.rulebook.findings import Severity, in_order
from engine.rulebook.reference import ReferenceMatcher
from runtime.embedded_guard import die_with_parent
from runtime.proving import MEMORY, OUT_OF_MEMORY, SECONDS
from service.proof import Json, Proof, of_stages


@dataclass(frozen=True, slots=True)
class Job:
    """`probes`: also on durable_rules. Without `tests` only files and logic are checked.

    At most `memory` bytes and `seconds`, which the starting process enforces.
    """

    probes: bool
    tests: bool
    memory: int = MEMORY
    seconds: float = SECONDS


def prove_here(bundle: Bundle, tests: bool = True) -> Proof:
    """The same in this process and without durable_rules: for rulebooks known to be harmless."""
    return of_stages(list(stages(bundle, Job(probes=False, tests=tests))))


def stages(bundle: Bundle, job: Job) -> Iterator[dict[str, Any]]:
    """Each stage yields fields of `Proof`; one that finds errors is the last."""
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
    if book is None or not fit or not job.tests:
        return
    compiled = prepare(book, ReferenceMatcher(book))
    failed = [outcome for outcome in (run_test(test, compiled) for test in tests) if not outcome.passed]
    yield {"tests": len(tests), "failed": [_outcome_json(outcome) for outcome in failed]}
    if job.probes and not failed:
        differences = probe(book)
        yield (
            {"problem": f"durable_rules answers otherwise than the rules say: {differences[0]}"} if differences else {}
        )


def run(job: Job, bundle: bytes, out: BinaryIO) -> int:
    """Write each stage of a packed bundle within the memory of the job; the exit code for the process."""
    resource.setrlimit(resource.RLIMIT_AS, (job.memory, job.memory))
    try:
        for stage in stages(unpack(bundle), job):
            out.write(orjson.dumps(stage) + b"\n")
            out.flush()
    except MemoryError:
        return OUT_OF_MEMORY
    return 0


def read_job(data: bytes) -> tuple[Job, bytes]:
    """The job, a line of JSON, and the packed bundle after it."""
    line, _, bundle = data.partition(b"\n")
    return Job(**orjson.loads(line)), bundle


def _outcome_json(outcome: Outcome) -> Json:
    told = [{"expected": expected, "got": got} for expected, got in outcome.failures]
    return {"test": outcome.test.name, "place": str(outcome.test.place), "failures": told}


def main() -> int:
    """One job from the standard input."""
    die_with_parent()
    job, bundle = read_job(sys.stdin.buffer.read())
    return run(job, bundle, sys.stdout.buffer)


if __name__ == "__main__":
    raise SystemExit(main())
