"""The rule tests of a bundle: those in tests/*.yaml."""

from authoring.rule_tests.case import RuleTest
from authoring.rule_tests.read import read_tests
from engine.rulebook.bundle import Bundle, rule_tests_of
from engine.rulebook.findings import Finding, in_order
from engine.rulebook.model import Rulebook
from engine.rulebook.place import Place


def bundled_tests(files: Bundle, book: Rulebook) -> tuple[list[RuleTest], list[Finding]]:
    """The tests of a rulebook's files, and all that is wrong with them."""
    texts: dict[str, bytes] = {}
    unread: list[Finding] = []
    for name, content in rule_tests_of(files).items():
        if name.count("/") == 1 and name.endswith(".yaml"):
            texts[name] = content
        else:
            message, hint = f"nothing is read from {name}", "tests are read from tests/*.yaml"
            unread.append(Finding("unknown-file", message, Place(name, 1, 1), hint=hint))
    tests, findings = read_tests(texts, book)
    return tests, in_order([*unread, *findings])
