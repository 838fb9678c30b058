"""Rules on trial (`status: test`): what they would have changed in a decision. Decided and kept, never shown."""

from collections.abc import Collection, Iterator, Sequence

from engine.domain.decision import OnTrial, Recommendation, Result
from engine.rulebook.model import Boost, Forbid, Rule, Rulebook


def compared(
    shown: Sequence[Result], would: Sequence[Result], on_trial: Sequence[Rule], book: Rulebook
) -> tuple[OnTrial, ...]:
    """What the rules `on_trial` would have changed: `shown` without them, `would` with them, place by place."""
    return tuple(
        one
        for result, other in zip(shown, would, strict=True)
        for one in _changes(result.recommendations, other.recommendations, on_trial, book)
    )


def _changes(
    shown: Sequence[Recommendation], would: Sequence[Recommendation], on_trial: Sequence[Rule], book: Rulebook
) -> Iterator[OnTrial]:
    lost = [one for one in shown if not _has(would, one.action)]
    instead_of = tuple(one.action for one in lost)
    rules = {rule.id for rule in on_trial}
    for one in would:
        if one.rule in rules:
            yield _told(one.rule, "recommend", one, instead_of)
        elif not _has(shown, one.action) and (boost := _boosting(one, on_trial, book)):
            yield _told(boost, "boost", one, instead_of)
    for one in lost:
        if forbid := _forbidding(one, on_trial, book):
            yield _told(forbid, "forbid", one, ())


def _has(given: Collection[Recommendation], action: str) -> bool:
    return any(one.action == action for one in given)


def _boosting(one: Recommendation, on_trial: Sequence[Rule], book: Rulebook) -> str | None:
    """The rule that lets this count for more or less."""
    action, roles = book.actions[one.action], {product.role for product in one.products} - {None}
    for rule in on_trial:
        then = rule.then
        if isinstance(then, Boost) and (then.action == action.id or then.group == action.group or then.role in roles):
            return rule.id
    return None


def _forbidding(one: Recommendation, on_trial: Sequence[Rule], book: Rulebook) -> str | None:
    action = book.actions[one.action]
    return next((r.id for r in on_trial if isinstance(r.then, Forbid) and r.then.covers(action)), None)


def _told(rule: str, what: str, one: Recommendation, instead_of: tuple[str, ...]) -> OnTrial:
    return OnTrial(rule, what, one.action, one.channel, one.placement, instead_of)
