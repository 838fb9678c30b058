"""Rule tests that marketers write in YAML: given, at, ask, expect; or steps. `read_tests` reads, `run_test` runs."""

from engine.rule_tests.case import Expect, RuleTest
from engine.rule_tests.outcome import Outcome
from engine.rule_tests.read import read_tests
from engine.rule_tests.run import run_test

__all__ = ["Expect", "Outcome", "RuleTest", "read_tests", "run_test"]
