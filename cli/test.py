"""`patron test`: run the rule tests of a rulebook."""

import sys
from datetime import datetime
from pathlib import Path

import click

from cli.output import FOUND, OK, fail, json_option, say, say_json
from cli.rulebooks import load_compiled, load_tests, matcher_option, rules_folder
from engine.calendar import zone_info
from engine.rule_tests import Outcome, run_test
from engine.rule_tests.case import Step
from engine.rulebook.findings import render
from engine.times import SECOND, format_rfc3339


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
            _show(outcome, compiled.rulebook.shop.zone)
        say(f"{len(outcomes) - len(failed)} passed, {len(failed)} failed  ({compiled.matcher.name})")
    sys.exit(FOUND if failed else OK)


def _show(outcome: Outcome, zone: str) -> None:
    say(f"FAILED {outcome.test.place}: {outcome.test.name}")
    if outcome.step is not None:
        say(f"    in {_named(outcome.step, zone)} ({outcome.step.place})")
    for expected, got in outcome.failures:
        say(f"    expected  {expected}")
        say(f"    got       {got}")
    say(f"    rules that matched: {', '.join(outcome.matched) or 'none'}")
    if outcome.step is not None:
        said = [f"{_clock(at, zone)[:10]} {action}" for at, action in _said_before(outcome)]
        say(f"    recommended until then: {', '.join(said) or 'nothing'}")
    say()


def _named(step: Step, zone: str) -> str:
    again = f", the {step.turn + 1}. time" if step.turn else ""
    return f"step {step.number}{again}, {_clock(step.at, zone)}"


def _clock(at: int, zone: str) -> str:
    """The time on the clock of the shop, whose marketers write the tests."""
    return datetime.fromtimestamp(at / SECOND, zone_info(zone)).isoformat(timespec="minutes")


def _said_before(outcome: Outcome) -> list[tuple[int, str]]:
    """What was recommended before the step that failed: when, and what."""
    return [
        (decision.decided_at, given.action)
        for decision in outcome.before
        for result in decision.results
        for given in result.recommendations
        if not given.again
    ]


def _as_json(outcome: Outcome) -> dict[str, object]:
    step = outcome.step
    told: dict[str, object] = {
        "test": outcome.test.name,
        "place": str(outcome.test.place),
        "failures": [{"expected": expected, "got": got} for expected, got in outcome.failures],
        "matched": list(outcome.matched),
    }
    if step is not None:
        before = [{"at": format_rfc3339(at), "action": action} for at, action in _said_before(outcome)]
        told["step"] = {"number": step.number, "at": format_rfc3339(step.at), "place": str(step.place)}
        told["recommended_before"] = before
    return told
