"""Why a test failed: of each rule that is concerned, what held, what did not, and with which facts."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from authoring.rule_tests.case import Expect
from authoring.rule_tests.expect import NOTHING
from authoring.rule_tests.outcome import Decided, Outcome
from engine.rulebook.model import Recommend, Rule, Rulebook
from engine.rulebook.place import Place
from explain import Explanation, explain
from explain.speaker import Speaker
from explain.tell_conditions import carrying, unmet_lines
from explain.tell_dropped import sentence
from explain.tree import Looked

LANGUAGE = "en"


@dataclass(frozen=True, slots=True)
class Why:
    """One rule: where it stands, what became of it in a few words, and the facts behind that, one to a line."""

    rule: str
    place: Place | None
    says: str
    facts: tuple[str, ...] = ()


def why(outcome: Outcome) -> tuple[Why, ...]:
    """The rules with the actions that are missing, then those that gave what should not be there."""
    decided = outcome.decided or outcome.looked
    if not decided:
        return ()
    expect = outcome.step.expect if outcome.step else outcome.test.expect
    given = [one.action for each in outcome.decided for one in each.given]
    missing, unwanted = _concerned(expect or Expect(), given)
    return tuple(dict.fromkeys((*_of_missing(missing, expect, decided), *_of_unwanted(unwanted, outcome.decided))))


def _concerned(expect: Expect, given: Sequence[str]) -> tuple[list[str], list[str]]:
    """Actions that should be there or be refused for another reason, and actions that should not be there."""
    wanted = [expect.first] if expect.first not in (None, NOTHING) else []
    wanted += [*(expect.all or ()), *(expect.deliveries or ())]
    missing = [action for action in wanted if action not in given]
    first_differs = expect.first is not None and given[:1] != [expect.first]
    unwanted = [action for action in given if action in expect.none or action in expect.rejected]
    unwanted += [action for action in given[:1] if first_differs]
    unwanted += [action for action in given if expect.all is not None and action not in expect.all]
    missing += [action for action in expect.rejected if action not in given]
    return [action for action in dict.fromkeys(missing) if action is not None], list(dict.fromkeys(unwanted))


def _of_missing(actions: Sequence[str], expect: Expect | None, decided: Sequence[Decided]) -> Iterator[Why]:
    book = decided[0].situation.compiled.rulebook
    for action in actions:
        rules = [r for r in book.rules.values() if isinstance(r.then, Recommend) and r.then.action == action]
        if not rules:
            yield Why(action, book.actions[action].place, "no rule recommends this action")
        yield from (_missed(rule, decided) for rule in rules)
    rule_wanted = expect.rule if expect else None
    if rule_wanted is not None and rule_wanted not in {given.rule for one in decided for given in one.given}:
        known = book.rules.get(rule_wanted)
        yield _missed(known, decided) if known else Why(rule_wanted, None, "is left out")


def _missed(rule: Rule, decided: Sequence[Decided]) -> Why:
    """Why a rule did not come to a recommendation, at the last decision at which it looked."""
    for one in reversed(decided):
        told = _explained(one)
        looked = next((looked for looked in told.rules if looked.rule == rule.id), None)
        if looked is not None:
            return _looked(rule, looked, told)
    speaker = Speaker(LANGUAGE, _explained(decided[-1]).setting)
    if rule.status not in ("live", "test"):
        return Why(rule.id, rule.place, f"does not look: its status is {rule.status}")
    triggers = speaker.listed((speaker.trigger(trigger.key) for trigger in rule.trigger), "list.or")
    asked = speaker.trigger(decided[-1].decision.trigger)
    return Why(rule.id, rule.place, f"does not look: it looks on {triggers}, and this was {asked}")


def _looked(rule: Rule, looked: Looked, told: Explanation) -> Why:
    speaker = Speaker(LANGUAGE, told.setting)
    if not looked.held:
        return Why(rule.id, rule.place, "did not hold", tuple(unmet_lines(looked.when, speaker)))
    action = rule.then.action if isinstance(rule.then, Recommend) else ""
    dropped = next((one for one in told.dropped if (one.rule, one.action) == (rule.id, action)), None)
    if dropped is not None:
        return Why(rule.id, rule.place, "held, and was refused", (f"{dropped.reason}: {sentence(dropped, speaker)}",))
    withheld = any(one.recommendation.action == action for one in told.withheld)
    return Why(rule.id, rule.place, "held, and the holdout keeps it back" if withheld else "held")


def _of_unwanted(actions: Sequence[str], decided: Sequence[Decided]) -> Iterator[Why]:
    for one in decided:
        told = _explained(one)
        speaker = Speaker(LANGUAGE, told.setting)
        book = one.situation.compiled.rulebook
        for given in (given for given in one.given if given.action in actions):
            facts = _held(given.rule, told, speaker)
            yield Why(given.rule, _place_of(given.rule, book), f"held, and gave {given.action}", facts)


def _place_of(rule: str, book: Rulebook) -> Place | None:
    return book.rules[rule].place if rule in book.rules else None


def _held(rule: str, told: Explanation, speaker: Speaker) -> tuple[str, ...]:
    """The facts by which it held."""
    looked = next((looked for looked in told.rules if looked.rule == rule), None)
    leaves = carrying(looked.when) if looked else ()
    return tuple(
        dict.fromkeys(
            speaker.say("explanation.fact-is", fact=leaf.fact, value=speaker.value(leaf.fact or "", leaf.actual))
            for leaf in leaves
        )
    )


def _explained(one: Decided) -> Explanation:
    return explain(one.decision, one.situation.compiled)
