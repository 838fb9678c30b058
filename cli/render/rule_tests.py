"""Outcomes of rule tests, for people and for machines."""

from collections.abc import Iterator
from datetime import datetime

from authoring.rule_tests import Outcome
from authoring.rule_tests.case import Step
from authoring.rule_tests.differences import Why, why
from cli.output import say
from engine.domain.calendar import zone_info
from engine.domain.times import SECOND, format_rfc3339


def show(outcome: Outcome, zone: str) -> None:
    """A failed test: its place, the expected and the actual result, and why. `zone`: the time zone of times."""
    for line in lines_of(outcome, zone):
        say(line)
    say()


def lines_of(outcome: Outcome, zone: str) -> Iterator[str]:
    """The lines that `show` prints."""
    yield f"FAILED {outcome.test.place}: {outcome.test.name}"
    if outcome.step is not None:
        yield f"    in {_named(outcome.step, zone)} ({outcome.step.place})"
    for expected, got in outcome.failures:
        yield f"    expected  {expected}"
        yield f"    got       {got}"
    for one in why(outcome):
        yield f"    {_rule(one)}"
        yield from (f"        {fact}" for fact in one.facts)
    yield f"    rules that matched: {', '.join(outcome.matched) or 'none'}"
    if outcome.step is not None:
        said = [f"{_clock(at, zone)[:10]} {action}" for at, action in _said_before(outcome)]
        yield f"    recommended before: {', '.join(said) or 'nothing'}"


def _rule(one: Why) -> str:
    where = f" ({one.place})" if one.place else ""
    return f"{one.rule}{where} {one.says}" + (":" if one.facts else "")


def _named(step: Step, zone: str) -> str:
    again = f", repetition {step.turn + 1}" if step.turn else ""
    return f"step {step.number}{again}, {_clock(step.at, zone)}"


def _clock(at: int, zone: str) -> str:
    """The time in the shop's time zone, which tests are written in."""
    return datetime.fromtimestamp(at / SECOND, zone_info(zone)).isoformat(timespec="minutes")


def _said_before(outcome: Outcome) -> list[tuple[int, str]]:
    """Recommendations before the failed step: times and actions."""
    return [(one.decision.decided_at, given.action) for one in outcome.before for given in one.given if not given.again]


def as_json(outcome: Outcome) -> dict[str, object]:
    """The same as JSON."""
    step = outcome.step
    told: dict[str, object] = {
        "test": outcome.test.name,
        "place": str(outcome.test.place),
        "failures": [{"expected": expected, "got": got} for expected, got in outcome.failures],
        "why": [
            {"rule": one.rule, "place": str(one.place), "says": one.says, "facts": list(one.facts)}
            for one in why(outcome)
        ],
        "matched": list(outcome.matched),
    }
    if step is not None:
        before = [{"at": format_rfc3339(at), "action": action} for at, action in _said_before(outcome)]
        told["step"] = {"number": step.number, "at": format_rfc3339(step.at), "place": str(step.place)}
        told["recommended_before"] = before
    return told
