"""What came of rule tests, for people and for machines."""

from datetime import datetime

from cli.output import say
from engine.calendar import zone_info
from engine.rule_tests import Outcome
from engine.rule_tests.case import Step
from engine.times import SECOND, format_rfc3339


def show(outcome: Outcome, zone: str) -> None:
    """A failed test: where, what was expected and got, and why. `zone`: by whose clock."""
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
        for decision, of in ((one.decision, one.given) for one in outcome.before)
        for given in of
        if not given.again
    ]


def as_json(outcome: Outcome) -> dict[str, object]:
    """The same as JSON."""
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
