"""Differences between a decision and the expectation of a rule test, in words."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from authoring.logic.witness import condition_words, value_words
from authoring.rule_tests.case import HELD_NOT, Expect
from authoring.rule_tests.expect import NOTHING, text_differences
from authoring.rule_tests.outcome import Decided, Difference, Outcome
from authoring.rule_tests.shared import Shared
from engine.domain.calendar import zone_info
from engine.domain.decision import Decision, Recommendation, Withdrawal
from engine.domain.reasons import Reason
from engine.domain.times import SECOND
from engine.rulebook.condition import AllOf, Compare
from engine.rulebook.findings import Place
from engine.rulebook.model import Recommend, Rule, Rulebook
from engine.rulebook.reference import holds
from explain import Explanation, explain
from explain.render import carrying, sentence, unmet_lines
from explain.speaker import Speaker
from explain.tree import EvaluatedRule

NOTHING_GIVEN = "nothing is recommended"


@dataclass(frozen=True, slots=True)
class ExpectedAt:
    """The rules, and the time (ms), of an expectation."""

    book: Rulebook
    at: int


def differences(
    expect: Expect, decided: Sequence[Decided], shared: Shared, moment: ExpectedAt, withdrawn: Sequence[Withdrawal] = ()
) -> tuple[Difference, ...]:
    """Nothing when the decisions, in order, meet the expectation.

    `withdrawn`: by an event without a decision.
    """
    decisions = [one.decision for one in decided]
    given = [g for one in decided for g in one.given]
    gone = [*withdrawn, *(one for decision in decisions for one in decision.withdrawn)]
    return (
        *_of_actions(expect, [g.action for g in given], _reasons_in(decisions)),
        *_of_first(expect, given, moment.book),
        *text_differences(expect.wordings, decided, moment.book),
        *_of_withdrawn(expect, gone),
        *_of_deliveries(expect, given),
        *_of_used(expect, shared, moment),
        *(() if expect.facts is None else _of_facts(expect.facts, decided, moment.book)),
    )


def _reasons_in(decisions: Sequence[Decision]) -> dict[str, str]:
    reasons = {r.action: r.reason.value for decision in reversed(decisions) for r in reversed(decision.rejected)}
    return reasons | {one.action: Reason.HOLDOUT.value for decision in decisions for one in decision.withheld}


def _of_actions(expect: Expect, actions: list[str], reasons: Mapping[str, str]) -> Iterator[Difference]:
    first, shown = (actions[0] if actions else "none"), ", ".join(actions) or "none"
    if expect.first is not None and first != expect.first:
        yield f"first: {expect.first}", f"first: {first}{_why_not(expect.first, reasons)}"
    if expect.all is not None and tuple(actions) != expect.all:
        yield f"all: {', '.join(expect.all) or 'none'}", f"all: {shown}"
    for action in expect.none:
        if action in actions:
            yield f"none: {action}", f"recommended: {shown}"
    for action, reason in expect.rejected.items():
        got = reasons.get(action) or ("recommended" if action in actions else "NOT_ELIGIBLE")
        if got != reason:
            yield f"rejected: {action}: {reason}", f"{action}: {got}"


def _why_not(action: str, reasons: Mapping[str, str]) -> str:
    if action == "none":
        return ""
    return f" ({action}: {reasons.get(action, 'NOT_ELIGIBLE, no rule with it matched')})"


# ---- the first recommendation ----


def _of_first(expect: Expect, given: list[Recommendation], book: Rulebook) -> Iterator[Difference]:
    first = given[0] if given else None
    got = _said_of(first, book.shop.zone) if first else {}
    for key, wanted in _said_of_expected(expect, book.shop.zone).items():
        if got.get(key) != wanted:
            yield f"{key}: {wanted}", f"{key}: {got.get(key, NOTHING_GIVEN)}"
    if expect.effect is not None:
        has = first.effect if first else None
        if has is None or any(has.get(key) != value for key, value in expect.effect.items()):
            yield f"effect: {_effect(expect.effect)}", f"effect: {_effect(has) if has else NOTHING_GIVEN}"
    figures = {**({"score": expect.score} if expect.score else {}), **expect.score_parts}
    numbers = {"score": first.score, **first.score_parts} if first else {}
    for name, figure in figures.items():
        number = numbers.get(name)
        if number is None or not figure.holds(number):
            yield f"{name}: {figure.written}", f"{name}: {NOTHING_GIVEN if number is None else f'{number:.10g}'}"


def _said_of_expected(expect: Expect, zone: str) -> dict[str, str]:
    said = {
        "rule": expect.rule,
        "channel": expect.channel,
        "language": expect.language,
        "products": None if expect.products is None else _listed(expect.products),
        "deliver_after": None if expect.deliver_after is None else _clock(expect.deliver_after, zone),
    }
    return {key: wanted for key, wanted in said.items() if wanted is not None}


def _said_of(first: Recommendation, zone: str) -> dict[str, str]:
    return {
        "rule": first.rule,
        "channel": first.channel,
        "language": first.content.language,
        "products": _listed([product.sku for product in first.products]),
        "deliver_after": _clock(first.deliver_after or HELD_NOT, zone),
    }


def _effect(effect: Mapping[str, Any]) -> str:
    """Its type alone, and the rest after it."""
    rest = ", ".join(f"{key} {value}" for key, value in effect.items() if key != "type")
    return f"{effect['type']} ({rest})" if rest else str(effect["type"])


def _clock(at: int, zone: str) -> str:
    """The time in the shop's zone: its marketers write the tests."""
    return "none" if at == HELD_NOT else datetime.fromtimestamp(at / SECOND, zone_info(zone)).isoformat()


# ---- the rest of the decision ----


def _of_withdrawn(expect: Expect, gone: Sequence[Withdrawal]) -> Iterator[Difference]:
    got = [(one.action, one.reason.value) for one in gone]
    yield from _of_pairs("withdrawn", expect.withdrawn, got)


def _of_deliveries(expect: Expect, given: Sequence[Recommendation]) -> Iterator[Difference]:
    got = [(one.action, one.channel) for one in given if one.placement is None and not one.again]
    yield from _of_pairs("deliveries", expect.deliveries, got)


def _of_pairs(
    key: str, wanted: Mapping[str, str | None] | None, got: Sequence[tuple[str, str]]
) -> Iterator[Difference]:
    """Actions in any order, with the details that the test gives."""
    if wanted is None:
        return
    said = [(action, more if wanted.get(action) else None) for action, more in got]
    if sorted(said, key=str) != sorted(wanted.items(), key=str):
        yield f"{key}: {_paired(wanted.items())}", f"{key}: {_paired(said)}"


def _paired(pairs: Any) -> str:
    return _listed([f"{action}: {more}" if more else action for action, more in pairs])


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names) or "none"


def _of_used(expect: Expect, shared: Shared, moment: ExpectedAt) -> Iterator[Difference]:
    currency = moment.book.shop.currency
    for action, parts in expect.used.items():
        used = shared.used(action, moment.at)
        for part, figure in parts.items():
            amount = getattr(used, part)
            if not figure.holds(amount):
                shown = f"{currency.format(amount)} {currency.code}" if part == "budget" else amount
                yield f"used: {action}: {part} {figure.written}", f"used: {action}: {part} {shown}"


def _of_facts(wanted: AllOf, decided: Sequence[Decided], book: Rulebook) -> Iterator[Difference]:
    """Facts of the first decision: later ones may have another trigger."""
    if not decided:
        yield "facts", "there is no decision, so there are no facts"
        return
    facts, currency = decided[0].facts(), book.shop.currency
    for one in (one for one in wanted.items if not holds(one, facts, book.segments)):
        got = "it does not hold"
        if isinstance(one, Compare):
            got = f"{one.fact}: {value_words(facts.get(one.fact), book.vocabulary[one.fact], currency)}"
        yield f"facts: {condition_words(one, book.vocabulary, currency)}", got


# ---- Why a test failed: for each rule involved, what held, what did not, and the facts used ----


LANGUAGE = "en"


@dataclass(frozen=True, slots=True)
class Why:
    """One rule: its place, its result in a few words, and the facts behind it, one per line."""

    rule: str
    place: Place | None
    says: str
    facts: tuple[str, ...] = ()


def why(outcome: Outcome) -> tuple[Why, ...]:
    """The rules of the missing actions, then those of unexpected ones."""
    decided = outcome.decided or outcome.looked
    if not decided:
        return ()
    expect = outcome.step.expect if outcome.step else outcome.test.expect
    given = [one.action for each in outcome.decided for one in each.given]
    missing, unwanted = _concerned(expect or Expect(), given)
    return tuple(dict.fromkeys((*_of_missing(missing, expect, decided), *_of_unwanted(unwanted, outcome.decided))))


def _concerned(expect: Expect, given: Sequence[str]) -> tuple[list[str], list[str]]:
    """Actions missing or refused for another reason, and unexpected actions."""
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
    book = decided[0].context.compiled.rulebook
    for action in actions:
        rules = [r for r in book.rules.values() if isinstance(r.then, Recommend) and r.then.action == action]
        if not rules:
            yield Why(action, book.actions[action].place, "no rule recommends this action")
        yield from (_missed(rule, decided) for rule in rules)
    rule_wanted = expect.rule if expect else None
    if rule_wanted is not None and rule_wanted not in {given.rule for one in decided for given in one.given}:
        known = book.rules.get(rule_wanted)
        yield _missed(known, decided) if known else Why(rule_wanted, None, "left out of this run")


def _missed(rule: Rule, decided: Sequence[Decided]) -> Why:
    """Why a rule led to no recommendation, at the last decision that evaluated it."""
    for one in reversed(decided):
        told = _explained(one)
        looked = next((looked for looked in told.rules if looked.rule == rule.id), None)
        if looked is not None:
            return _looked(rule, looked, told)
    speaker = Speaker(LANGUAGE, _explained(decided[-1]).setting)
    if rule.status not in ("live", "shadow"):
        return Why(rule.id, rule.place, f"not evaluated: its status is {rule.status}")
    triggers = speaker.listed((speaker.trigger(trigger.key) for trigger in rule.trigger), "list.or")
    asked = speaker.trigger(decided[-1].decision.trigger)
    return Why(rule.id, rule.place, f"not evaluated: its triggers are {triggers}, and this trigger was {asked}")


def _looked(rule: Rule, looked: EvaluatedRule, told: Explanation) -> Why:
    speaker = Speaker(LANGUAGE, told.setting)
    if not looked.held:
        return Why(rule.id, rule.place, "not matched", tuple(unmet_lines(looked.when, speaker)))
    action = rule.then.action if isinstance(rule.then, Recommend) else ""
    dropped = next((one for one in told.dropped if (one.rule, one.action) == (rule.id, action)), None)
    if dropped is not None:
        why = f"{dropped.reason}: {sentence(dropped, speaker)}"
        return Why(rule.id, rule.place, "matched, but refused", (why,))
    withheld = any(one.recommendation.action == action for one in told.withheld)
    return Why(rule.id, rule.place, "matched, but withheld: control group" if withheld else "matched")


def _of_unwanted(actions: Sequence[str], decided: Sequence[Decided]) -> Iterator[Why]:
    for one in decided:
        told = _explained(one)
        speaker = Speaker(LANGUAGE, told.setting)
        book = one.context.compiled.rulebook
        for given in (given for given in one.given if given.action in actions):
            facts = _held(given.rule, told, speaker)
            yield Why(given.rule, _place_of(given.rule, book), f"matched and recommended {given.action}", facts)


def _place_of(rule: str, book: Rulebook) -> Place | None:
    return book.rules[rule].place if rule in book.rules else None


def _held(rule: str, told: Explanation, speaker: Speaker) -> tuple[str, ...]:
    """The facts that made it hold."""
    looked = next((looked for looked in told.rules if looked.rule == rule), None)
    leaves = carrying(looked.when) if looked else ()
    return tuple(
        dict.fromkeys(
            speaker.say("explanation.fact-is", fact=leaf.fact, value=speaker.value(leaf.fact or "", leaf.actual))
            for leaf in leaves
        )
    )


def _explained(one: Decided) -> Explanation:
    return explain(one.decision, one.context.compiled)
