"""Shadow rules (`status: shadow`): their would-be effect on a decision. Evaluated and stored, never shown."""

from collections.abc import Collection, Iterator, Sequence

from engine.domain.decision import Recommendation, Result, ShadowEffect
from engine.rulebook.model import Boost, Forbid, Rule, Rulebook


def compared(
    shown: Sequence[Result], would: Sequence[Result], shadow: Sequence[Rule], book: Rulebook
) -> tuple[ShadowEffect, ...]:
    """The changes that the rules `shadow` would have made: `shown` without them, `would` with them, by place."""
    return tuple(
        one
        for result, other in zip(shown, would, strict=True)
        for one in _changes(result.recommendations, other.recommendations, shadow, book)
    )


def _changes(
    shown: Sequence[Recommendation], would: Sequence[Recommendation], shadow: Sequence[Rule], book: Rulebook
) -> Iterator[ShadowEffect]:
    lost = [one for one in shown if not _has(would, one.action)]
    instead_of = tuple(one.action for one in lost)
    rules = {rule.id for rule in shadow}
    for one in would:
        if one.rule in rules:
            yield _told(one.rule, "recommend", one, instead_of)
        elif not _has(shown, one.action) and (boost := _boosting(one, shadow, book)):
            yield _told(boost, "boost", one, instead_of)
    for one in lost:
        if forbid := _forbidding(one, shadow, book):
            yield _told(forbid, "forbid", one, ())


def _has(given: Collection[Recommendation], action: str) -> bool:
    return any(one.action == action for one in given)


def _boosting(one: Recommendation, shadow: Sequence[Rule], book: Rulebook) -> str | None:
    """The rule that boosts this recommendation."""
    action, roles = book.actions[one.action], {product.role for product in one.products} - {None}
    for rule in shadow:
        then = rule.then
        if isinstance(then, Boost) and (then.action == action.id or then.group == action.group or then.role in roles):
            return rule.id
    return None


def _forbidding(one: Recommendation, shadow: Sequence[Rule], book: Rulebook) -> str | None:
    action = book.actions[one.action]
    return next((r.id for r in shadow if isinstance(r.then, Forbid) and r.then.covers(action)), None)


def _told(rule: str, what: str, one: Recommendation, instead_of: tuple[str, ...]) -> ShadowEffect:
    return ShadowEffect(rule, what, one.action, one.channel, one.placement, instead_of)
