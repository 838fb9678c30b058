"""The result of trying a rulebook before publication: whether it loads, runs, and passes its tests."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from engine.domain.errors import PatronError
from engine.rulebook.bundle import Bundle

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Proof:
    """`revision`: None where it does not load. `findings`, `failed` (tests): the JSON of `patron check` and
    `patron test`. `problem`: a sentence, where the check itself failed: out of time or memory, or a crash.
    """

    revision: str | None
    findings: tuple[Json, ...] = ()
    tests: int = 0
    failed: tuple[Json, ...] = ()
    problem: str | None = None

    @property
    def errors(self) -> int:
        """Findings that refuse it."""
        return sum(finding["severity"] == "error" for finding in self.findings)

    @property
    def warnings(self) -> int:
        return len(self.findings) - self.errors

    def refusal(self, strict: bool = False) -> str | None:
        """Why it may not be published, in a sentence; None when it may. `strict`: a warning suffices."""
        if self.errors:
            return f"the rulebook has {_counted(self.errors, 'error')}"
        if self.problem:
            return self.problem
        if self.failed:
            return f"{len(self.failed)} of its {_counted(self.tests, 'test')} failed"
        if strict and self.warnings:
            return f"the rulebook has {_counted(self.warnings, 'warning')}"
        return None

    def to_json(self) -> dict[str, Any]:
        return {
            "revision": self.revision,
            "errors": self.errors,
            "warnings": self.warnings,
            "findings": list(self.findings),
            "tests": self.tests,
            "failed_tests": list(self.failed),
            "problem": self.problem,
        }


def of_stages(got: Sequence[Json]) -> Proof:
    """The result, from the fields of each stage."""
    found: dict[str, Any] = {name: value for fields in got for name, value in fields.items()}
    return Proof(
        revision=found.get("revision"),
        findings=tuple(found.get("findings", ())),
        tests=found.get("tests", 0),
        failed=tuple(found.get("failed", ())),
        problem=found.get("problem"),
    )


class Prove(Protocol):
    """Tries a rulebook where a crash or hang is harmless. Without `tests` it is only checked."""

    def __call__(self, bundle: Bundle, /, tests: bool = True) -> Proof: ...


class RulebookRefused(PatronError):
    """A rulebook was not published; `proof` has the reasons. The active one stays."""

    def __init__(self, why: str, proof: Proof) -> None:
        super().__init__(f"{why}; nothing was published")
        self.proof = proof


def _counted(number: int, thing: str) -> str:
    return f"{number:,} {thing}{'' if number == 1 else 's'}"
