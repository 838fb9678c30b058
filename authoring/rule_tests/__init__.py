"""Rule tests that marketers write in YAML: given, at, ask, expect; or steps. `read_tests` reads them.

`authoring.rule_tests.running` runs them, with limits, stock and budgets as in the service.
"""

from authoring.rule_tests.case import Expect, RuleTest
from authoring.rule_tests.outcome import Outcome
from authoring.rule_tests.read import read_tests

__all__ = ["Expect", "Outcome", "RuleTest", "read_tests"]
