"""`patron test`: run the rule tests of a rulebook, or find out which of them would miss a statement's rules."""

import sys
from collections.abc import Sequence
from pathlib import Path

import click

from cli import tell_missed
from cli.output import FOUND, OK, fail, json_option, say, say_json
from cli.rulebooks import load_compiled, load_tests, matcher_option, rules_folder
from cli.tell_tests import as_json, show
from engine.compiled import Compiled
from engine.rule_tests import Outcome, RuleTest
from engine.rule_tests.without import serving, without
from engine.rulebook.findings import render
from engine.rulebook.model import Rulebook
from engine.rulebook.read.words import STATEMENTS
from engine.rulebook.values import did_you_mean
from runtime.rule_tests import missed, run_test

EACH = "each"


@click.command("test", short_help="Run a rulebook's tests.")
@click.argument("folder", type=rules_folder, default="rules")
@click.option("--run", "wanted", default="", help="Only tests whose name contains this text.")
@click.option(
    "--without",
    "left_out",
    default="",
    metavar="S41,S42|each",
    help="Leave out the rules that serve these statements; each: one statement after the other.",
)
@matcher_option
@json_option
def test_command(folder: Path, wanted: str, left_out: str, matcher: str, as_json: bool) -> None:
    """Run the tests in FOLDER/tests/*.yaml on the rules of FOLDER (default: rules).

    A failed test shows what it expected, what it got, and which rules matched; a failed story, in which step.

    --without S41 shows which tests miss the rules that serve S41. --without each does so for every statement that has
    rules; one whose rules no story misses is only claimed.

    \b
    Example:
      patron test rules
      patron test rules --run "open complaint"
      patron test rules --without each

    Exit codes: 0 all passed, 1 a test failed, a statement is only claimed or a file is wrong, 2 wrong call or no tests.
    """
    compiled = load_compiled(folder, matcher)
    tests, findings = load_tests(folder, compiled.rulebook)
    if findings:
        click.echo(render(findings), err=True)
        sys.exit(FOUND)
    tests = [test for test in tests if wanted.lower() in test.name.lower()]
    if not tests:
        fail(f"no test in {folder / 'tests'}" + (f" whose name contains {wanted!r}" if wanted else ""))
    if left_out == EACH:
        sys.exit(_each(tests, compiled, as_json))
    if left_out:
        rules = _rules_of(left_out, compiled.rulebook)
        compiled = without(compiled, rules)
        if not as_json:
            say(f"left out: {', '.join(rules)}\n")
    sys.exit(_all([run_test(test, compiled) for test in tests], compiled, as_json))


def _all(outcomes: Sequence[Outcome], compiled: Compiled, json: bool) -> int:
    failed = [outcome for outcome in outcomes if not outcome.passed]
    if json:
        say_json({"tests": len(outcomes), "failed": [as_json(outcome) for outcome in failed]})
    else:
        for outcome in failed:
            show(outcome, compiled.rulebook.shop.zone)
        say(f"{len(outcomes) - len(failed)} passed, {len(failed)} failed  ({compiled.matcher.name})")
    return FOUND if failed else OK


def _each(tests: Sequence[RuleTest], compiled: Compiled, json: bool) -> int:
    """What fails with all rules says nothing about fewer, so that has to be put right first."""
    outcomes = [run_test(test, compiled) for test in tests]
    if not all(outcome.passed for outcome in outcomes):
        return _all(outcomes, compiled, json)
    found = list(missed(outcomes, compiled))
    if json:
        say_json([tell_missed.as_json(one) for one in found])
    else:
        tell_missed.show(found)
    return OK if all(one.stories for one in found) else FOUND


def _rules_of(left_out: str, book: Rulebook) -> tuple[str, ...]:
    statements = [name.strip() for name in left_out.split(",")]
    for name in statements:
        if name not in STATEMENTS:
            hint = did_you_mean(name, sorted(STATEMENTS))
            fail(f"the strategy has no statement {name}" + (f"; {hint}" if hint else ""))
    rules = serving(book, statements)
    if not rules:
        fail(f"no rule serves {left_out}")
    return rules
