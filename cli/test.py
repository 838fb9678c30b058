"""`patron test`: run the rule tests of a rulebook."""

import sys
from pathlib import Path

import click

from cli.output import FOUND, OK, fail, json_option, say, say_json
from cli.rulebooks import load_compiled, load_tests, matcher_option, rules_folder
from engine.rule_tests import Outcome, run_test
from engine.rulebook.findings import render


@click.command("test", short_help="Run a rulebook's tests.")
@click.argument("folder", type=rules_folder, default="rules")
@click.option("--run", "wanted", default="", help="Only tests whose name contains this text.")
@matcher_option
@json_option
def test_command(folder: Path, wanted: str, matcher: str, as_json: bool) -> None:
    """Run the tests in FOLDER/tests/*.yaml on the rules of FOLDER (default: rules).

    A failed test shows what it expected, what it got, and which rules matched.

    \b
    Example:
      patron test rules
      patron test rules --run "open complaint"

    Exit codes: 0 all passed, 1 a test failed or a file is wrong, 2 wrong call or no tests.
    """
    compiled = load_compiled(folder, matcher)
    tests, findings = load_tests(folder, compiled.rulebook)
    if findings:
        click.echo(render(findings), err=True)
        sys.exit(FOUND)
    outcomes = [run_test(test, compiled) for test in tests if wanted.lower() in test.name.lower()]
    if not outcomes:
        fail(f"no test in {folder / 'tests'}" + (f" whose name contains {wanted!r}" if wanted else ""))
    failed = [outcome for outcome in outcomes if not outcome.passed]
    if as_json:
        say_json({"tests": len(outcomes), "failed": [_as_json(outcome) for outcome in failed]})
    else:
        for outcome in failed:
            _show(outcome)
        say(f"{len(outcomes) - len(failed)} passed, {len(failed)} failed  ({compiled.matcher.name})")
    sys.exit(FOUND if failed else OK)


def _show(outcome: Outcome) -> None:
    say(f"FAILED {outcome.test.place}: {outcome.test.name}")
    for expected, got in outcome.failures:
        say(f"    expected  {expected}")
        say(f"    got       {got}")
    matched = ", ".join(outcome.decision.matched) or "none"
    say(f"    rules that matched: {matched}")
    say()


def _as_json(outcome: Outcome) -> dict[str, object]:
    return {
        "test": outcome.test.name,
        "place": str(outcome.test.place),
        "failures": [{"expected": expected, "got": got} for expected, got in outcome.failures],
        "matched": list(outcome.decision.matched),
    }
