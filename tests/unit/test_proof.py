"""Trying a rulebook in a child process: what it finds, and that no rulebook does harm to who tries it."""

import os
import threading
from pathlib import Path

import pytest

from authoring.proof import prove_here
from benchmarks.versions import version
from engine.domain.errors import Contended
from runtime.proving import Prover
from runtime.rule_folder import read_bundle
from tests.support.books import RULES

RED = version("red")
NEVER = b'- {test: No, at: "2026-03-02T10:00:00+01:00", ask: requested, placements: [home], expect: {first: none}}'
FAILING = RED | {"tests/more.yaml": b"tests:\n  " + NEVER}


def test_the_shipped_rulebook_passes() -> None:
    proof = Prover(probes=True)(read_bundle(RULES))
    assert proof.refusal() is None
    assert proof.tests > 300
    assert str(proof.revision).startswith("sha256:")


def test_the_child_finds_what_is_found_here() -> None:
    for files in (RED, FAILING, {"shop.yaml": b"a: [\xff"}, {}):
        assert Prover(probes=False)(files) == prove_here(files)


def test_findings_have_their_place_and_the_text_that_people_read() -> None:
    proof = prove_here(RED | {"shop.yaml": RED["shop.yaml"] + b"nonsense: 1\n"})
    (finding,) = [one for one in proof.findings if one["file"] == "shop.yaml"]
    assert (finding["line"], finding["severity"], finding["code"]) == (5, "error", "unknown-key")
    assert finding["text"].startswith("shop.yaml:5:1: error")
    assert proof.revision is None


def test_a_failed_test_says_what_was_expected_and_got() -> None:
    proof = prove_here(FAILING)
    (failed,) = proof.failed
    assert (proof.tests, failed["test"], failed["place"].partition(":")[0]) == (2, "No", "tests/more.yaml")
    assert "say-red" in failed["failures"][0]["got"]
    assert proof.refusal() == "1 of its 2 tests failed"


def test_a_wrong_test_file_is_an_error_and_one_in_a_folder_too() -> None:
    proof = prove_here(RED | {"tests/a.yaml": b"tests: 5", "tests/deep/b.yaml": b"tests: []", "tests/c.yml": b"x"})
    assert {one["file"] for one in proof.findings if one["severity"] == "error"} == {
        "tests/a.yaml",
        "tests/deep/b.yaml",
        "tests/c.yml",
    }


def test_warnings_of_logic_are_found_with_a_witness() -> None:
    twice = RED["operation.yaml"].replace(
        b'"customer.orders": 1\n', b'"customer.orders": {"at_least": 200, "at_most": 100}\n'
    )
    proof = prove_here(RED | {"operation.yaml": twice})
    assert proof.errors == 0
    assert proof.warnings >= 1


def test_who_takes_too_long_is_ended() -> None:
    proof = Prover(probes=False, seconds=0.01)(read_bundle(RULES))
    assert proof.problem == "checking its files did not end in 0.01 s"
    assert proof.refusal() == proof.problem


def test_who_takes_too_much_memory_is_ended() -> None:
    large = {f"tests/{number}.yaml": b"tests:\n" + b"  - [[1], [2], [3]]\n" * 49_000 for number in range(9)}
    proof = Prover(probes=False, memory=200 << 20)(RED | large)
    assert proof.problem == "checking its files took more than 200 MiB of memory"


def test_what_crashes_durable_rules_crashes_the_child_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    crash = "import os, signal\ndef create_ruleset(*_):\n    os.kill(os.getpid(), signal.SIGSEGV)"
    (tmp_path / "durable_rules_engine.py").write_text(crash)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    proof = Prover(probes=True)(RED)
    assert proof.problem == "loading it in durable_rules ended with SIGSEGV"
    assert (proof.tests, proof.errors) == (1, 0)


def test_durable_rules_that_answers_otherwise_is_a_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import engine.rulebook.matcher as m\n"
        "match = m.DurableMatcher.match\n"
        "m.DurableMatcher.match = lambda self, *a: match(self, *a) | {'orders-red-7'}"
    )
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join((str(tmp_path), str(RULES.parent))))
    problem = Prover(probes=True)(RED).problem
    assert str(problem).startswith("durable_rules answers otherwise than the rules say: requested")


def test_one_is_tried_at_a_time_and_who_comes_meanwhile_is_told_to_come_again() -> None:
    prove, begun, told = Prover(probes=False), threading.Event(), []

    class Slow(dict[str, bytes]):
        """Its names are asked for when the first has begun."""

        def __iter__(self):
            begun.set()
            meanwhile.join()
            return super().__iter__()

    def ask() -> None:
        begun.wait()
        with pytest.raises(Contended, match="try again"):
            prove(RED)
        told.append(True)

    meanwhile = threading.Thread(target=ask)
    meanwhile.start()
    assert prove(Slow(RED)).refusal() is None
    assert told == [True]
