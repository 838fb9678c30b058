"""Rule tests that marketers write in YAML: given, at, ask, expect. Read by `read_tests`, run by `run_test`."""

from engine.rule_tests.case import Expect, RuleTest
from engine.rule_tests.read import read_tests
from engine.rule_tests.run import Outcome, run_test

__all__ = ["Expect", "Outcome", "RuleTest", "read_tests", "run_test"]
