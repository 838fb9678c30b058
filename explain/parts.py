"""The parts of an explanation that are made from one part of a decision each."""

from engine.compiled.rulebook import Compiled
from engine.domain.decision import Decision, Recommendation, Rejection, Result
from engine.domain.reasons import Reason
from engine.rulebook.model import Boost, Forbid, Recommend, Rule, Rulebook
from explain.candidates import Dropped, Given, Place, Rival, factors_of
from explain.what_if import Consequence


def consequence_of(rule: Rule) -> Consequence:
    """What the rule does, as one pair of words."""
    match rule.then:
        case Recommend(action):
            return Consequence("recommend", "action", action)
        case Forbid() as forbid:
            kinds = ("action", "group", "tag", "kind", "effect")
            kind, target = next((k, v) for k in kinds if (v := getattr(forbid, k)) is not None)
            return Consequence("forbid", kind, target)
        case Boost() as boost:
            kind, target = next((k, v) for k in ("action", "group", "role") if (v := getattr(boost, k)) is not None)
            return Consequence("boost", kind, target, boost.by)


def place_of(result: Result, decision: Decision, compiled: Compiled) -> Place:
    """The results of one placement."""
    given = tuple(given_of(one, decision, compiled) for one in result.recommendations)
    return Place(result.placement, given, result.reason)


def given_of(one: Recommendation, decision: Decision, compiled: Compiled) -> Given:
    """A recommendation with its score taken apart."""
    return Given(one, title_of(one.action, compiled.rulebook), factors_of(one, decision, compiled))


def dropped_of(one: Rejection, decision: Decision, book: Rulebook) -> Dropped:
    """A rejection with its numbers, and the better candidates where it was outranked."""
    return Dropped(
        rule=one.rule,
        action=one.action,
        title=title_of(one.action, book),
        currency=book.shop.currency,
        refusal=one.refusal,
        placement=one.placement,
        retry_after=one.retry_after,
        rivals=_rivals(one, decision),
    )


def _rivals(one: Rejection, decision: Decision) -> tuple[Rival, ...]:
    """The choice in the same place; by the same action for a rule that repeats another's."""
    chosen = [given for result in decision.results for given in result.recommendations] + list(decision.withheld)
    if one.reason is Reason.OUTRANKED:
        return tuple(Rival(c.action, c.score) for c in chosen if c.placement == one.placement and c.kind != "internal")
    if one.reason is Reason.DUPLICATE:
        return tuple(Rival(c.action, c.score) for c in chosen if c.action == one.action)
    return ()


def title_of(action: str, book: Rulebook) -> str:
    """An action no longer in the rulebook is named by its id."""
    return book.actions[action].title if action in book.actions else action
